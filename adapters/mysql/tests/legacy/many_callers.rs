//! many_callers
