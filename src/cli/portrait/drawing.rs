//! A portrait on the screen: three columns where there is room, else one below the other.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::{Named, Step};
use crate::{
    cli::screen::{FAINT, MAP, PLAIN, STRONG, Screen, chunks, cut, harmless, padded, paint, wrapped},
    profile::Container,
};

const ARROW: &str = " ─▸ ";
const NO_ARROW: &str = "    ";
const INDENT: usize = 2;
const WIDEST_NAME: usize = 20;
/// Below this the columns are stacked.
const THREE_COLUMNS: usize = 76;

/// Draws the steps.
///
/// # Errors
/// Those of writing.
pub(super) fn draw(screen: &mut Screen, steps: &[Step]) -> io::Result<()> {
    let from_store = steps.iter().any(|step| !step.sources.is_empty());
    if screen.width() >= THREE_COLUMNS && from_store { side_by_side(screen, steps) } else { stacked(screen, steps) }
}

/// Widths of the three columns, and of the names in the outer two.
struct Layout {
    left: usize,
    middle: usize,
    right: usize,
    source_name: usize,
    target_name: usize,
}

impl Layout {
    fn of(width: usize, steps: &[Step]) -> Layout {
        let room = width - INDENT - 2 * ARROW.width();
        let (left, middle) = (room * 34 / 100, room * 21 / 100);
        Layout {
            left,
            middle,
            right: room - left - middle,
            source_name: name_width(&steps.iter().flat_map(|step| step.sources.clone()).collect::<Vec<_>>()),
            target_name: name_width(&steps.iter().flat_map(|step| indented(&step.targets)).collect::<Vec<_>>()),
        }
    }

    /// A step as lines of three cells. Where one side needs more lines, long values of the others go on in them; where
    /// none does, a long one gets a second line.
    fn lines(&self, step: &Step) -> Vec<[String; 3]> {
        let targets = indented(&step.targets);
        let rule = harmless(&step.rule);
        let long = rule.width() > self.middle
            || is_long(&step.sources, self.source_name, self.left)
            || is_long(&targets, self.target_name, self.right);
        let lines = step.sources.len().max(targets.len()).max(if long { 2 } else { 1 });
        let left = cells(&step.sources, self.source_name, self.left, lines);
        let right = cells(&targets, self.target_name, self.right, lines);
        let middle: Vec<String> = wrapped(&rule, self.middle, lines).iter().map(|it| cut(it, self.middle)).collect();
        let cell = |cells: &[String], line: usize| cells.get(line).cloned().unwrap_or_default();
        (0..lines).map(|line| [cell(&left, line), cell(&middle, line), cell(&right, line)]).collect()
    }
}

/// A container's keys stand below its name.
fn indented(targets: &[Named]) -> Vec<Named> {
    let mut lines: Vec<Named> = Vec::new();
    for (name, value) in targets {
        match Container::ALL.into_iter().find_map(|it| Some((it, name.strip_prefix(it.name())?.strip_prefix('.')?))) {
            Some((container, key)) => {
                if lines.is_empty() {
                    lines.push((container.name().to_owned(), String::new()));
                }
                lines.push((format!("  .{key}"), value.clone()));
            }
            None => lines.push((name.clone(), value.clone())),
        }
    }
    lines
}

/// Whether a single value does not fit beside its name.
fn is_long(named: &[Named], name_width: usize, width: usize) -> bool {
    matches!(named, [(_, value)] if harmless(value).width() + name_width + 2 > width)
}

/// Names and values in lines of that width, at most so many.
fn cells(named: &[Named], name_width: usize, width: usize, lines: usize) -> Vec<String> {
    let spare = lines.saturating_sub(named.len()) + 1;
    let value_width = width.saturating_sub(name_width + 2).max(1);
    let mut cells = Vec::new();
    for (name, value) in named {
        let mut name = cut(&harmless(name), name_width);
        for chunk in chunks(&harmless(value), value_width, if named.len() == 1 { spare } else { 1 }) {
            cells.push(format!("{}  {chunk}", padded(&name, name_width)));
            name.clear();
        }
    }
    cells
}

fn side_by_side(screen: &mut Screen, steps: &[Step]) -> io::Result<()> {
    let layout = Layout::of(screen.width(), steps);
    let head = format!(
        "{:INDENT$}{}{NO_ARROW}{}{NO_ARROW}profile",
        "",
        padded("record", layout.left),
        padded("map", layout.middle),
    );
    screen.styled(STRONG, head)?;
    for step in steps {
        let dead_end = step.targets.is_empty();
        for (line, [left, middle, right]) in layout.lines(step).into_iter().enumerate() {
            let first = line == 0;
            let arrow = |there: bool| if first && there { ARROW } else { NO_ARROW };
            let in_arrow = arrow(!step.sources.is_empty() && !dead_end);
            let cells = [
                (padded(&left, layout.left), if dead_end { FAINT } else { PLAIN }),
                (in_arrow.to_owned(), FAINT),
                (padded(&middle, layout.middle), if dead_end { FAINT } else { MAP }),
                (arrow(!dead_end).to_owned(), FAINT),
                (right, PLAIN),
            ];
            let last = cells.iter().rposition(|(text, _)| !text.trim().is_empty()).unwrap_or(0);
            let mut line = " ".repeat(INDENT);
            for (index, (text, style)) in cells.iter().enumerate().take(last + 1) {
                line.push_str(&paint(*style, if index == last { text.trim_end() } else { text }));
            }
            screen.line(line)?;
        }
    }
    Ok(())
}

fn stacked(screen: &mut Screen, steps: &[Step]) -> io::Result<()> {
    let width = screen.width() - INDENT;
    let target_name = name_width(&steps.iter().flat_map(|step| indented(&step.targets)).collect::<Vec<_>>());
    for step in steps {
        for (name, value) in &step.sources {
            let text = cut(&harmless(&format!("{name} = {value}")), width);
            screen.line(format!("{:INDENT$}{text}", ""))?;
        }
        let mut arrow = "";
        if !step.sources.is_empty() {
            let rule = cut(&format!("  │ {}", harmless(&step.rule)), width);
            screen.line(format!("{:INDENT$}{}", "", paint(MAP, &rule)))?;
            arrow = "  ▾ ";
        }
        let targets = indented(&step.targets);
        for cell in cells(&targets, target_name, width - arrow.width(), targets.len()) {
            screen.line(format!("{:INDENT$}{}{}", "", paint(MAP, arrow), cell.trim_end()))?;
            arrow = if arrow.is_empty() { "" } else { NO_ARROW };
        }
    }
    Ok(())
}

fn name_width(named: &[Named]) -> usize {
    named.iter().map(|(name, _)| harmless(name).width()).max().unwrap_or(0).min(WIDEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_goes_on_in_lines_that_the_other_side_needs_anyway() {
        let keys = ["a", "b", "c"].map(|key| (key.to_owned(), "1".to_owned()));
        let step = Step {
            sources: vec![("metadata".to_owned(), "0123456789".repeat(5))],
            rule: "as it is".to_owned(),
            targets: keys.to_vec(),
        };
        let layout = Layout { left: 20, middle: 10, right: 20, source_name: 8, target_name: 5 };
        let lines = layout.lines(&step);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0][0], "metadata  0123456789");
        assert_eq!(lines[2][0], "          012345678…");
    }

    #[test]
    fn foreign_text_is_made_harmless_and_stays_in_its_column() {
        let named = [("n\u{1b}".to_owned(), "東京\u{1b}[31m東京東京東京東京".to_owned())];
        for cell in cells(&named, 6, 20, 2) {
            assert!(cell.width() <= 20 && !cell.chars().any(char::is_control), "{cell}");
        }
    }
}
