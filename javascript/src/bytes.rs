//! Bytes between the host and scripts.

use rquickjs::{Ctx, Result, TypedArray, Value};

/// A copy of the bytes of a `Uint8Array` (a `Buffer` is one); nothing for anything else.
#[expect(
    unsafe_code,
    reason = "the engine offers no safe view of a typed array; no script runs while this one is held"
)]
pub(crate) fn taken(value: &Value<'_>) -> Option<Vec<u8>> {
    let array = TypedArray::<u8>::from_value(value.clone()).ok()?;
    // SAFETY: the slice is copied at once, and nothing here calls into the engine before that is done.
    unsafe { array.as_bytes() }.map(<[u8]>::to_vec)
}

/// A `Uint8Array` in the script's own memory, so that it counts against the limit.
pub(crate) fn given<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx.clone(), bytes)
}
