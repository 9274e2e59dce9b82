//! How wide a table's columns are, and in which size of type they fit a page.
//!
//! The head is set before the first row is known. So a column gets the room that its kind of value takes, and a value
//! that is wider still is set smaller in its cell, since part of a number looks like another number.

use super::{
    BEYOND,
    block::Style,
    flow::{MARGIN, text_width},
    font::{Fonts, Weight, points},
    sheet::{LANDSCAPE, PORTRAIT, Size},
    text::{BREAKS, presentable},
};
use crate::{
    table::{Column, ColumnKind, Table},
    writer::RenderError,
};

/// The size that tables are set in, and those that tables of many columns go down to, in points.
const SIZES: [f32; 7] = [CELL.size, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5];
/// Headers go down further, where their words would break.
const SMALLEST_HEADER: f32 = 5.0;
const HEADER_STEP: f32 = 0.5;
const CELL: Style = Style {
    size: 8.5,
    leading: 11.5,
    padding: 2.5,
    above: 0.0,
};
/// Left and right of a cell's text, as a share of the size.
const GUTTER: f32 = 4.0 / CELL.size;
/// The width of a usual character, as a share of the size.
const AVERAGE_CHARACTER_WIDTH: f32 = 0.56;
/// So many characters of a text stand in a line, if the table fits a page by that.
const AMPLE_TEXT: u16 = 12;
/// The values that a column has room for if the table fits a page by that, and at least.
const AMPLE_NUMBER: &str = "-999\u{A0}999\u{A0}999";
const MIN_NUMBER: &str = "-999\u{A0}999";
const MIN_TEXT: &str = "00000000";
const DATE: &str = "0000-00-00";

/// How a table stands on its pages.
pub(super) struct Layout {
    pub(super) page: Size,
    pub(super) cell: Style,
    pub(super) header: Style,
    pub(super) slots: Vec<Slot>,
}

/// A column's place.
pub(super) struct Slot {
    pub(super) kind: ColumnKind,
    pub(super) header: String,
    /// Of the text, without the gutters.
    pub(super) x: f32,
    pub(super) width: f32,
}

impl Layout {
    /// The largest type in which the columns have ample room, upright if the usual values fit that way; the smallest
    /// type, with what room there is, where they have it in none.
    ///
    /// # Errors
    /// [`RenderError::LimitExceeded`] where even the least room is wider than a page on its side.
    pub(super) fn of(fonts: &Fonts, table: &Table) -> Result<Self, RenderError> {
        let rooms = |size| -> Vec<Room> { table.columns.iter().map(|c| Room::of(fonts, c, size)).collect() };
        let mut sized = SIZES.map(|size| (size, rooms(size))).into_iter();
        let smallest = sized.next_back().expect("there are sizes");
        let ample = sized.find(|(_, rooms)| sum(rooms, |room| room.ample) <= text_width(LANDSCAPE));
        let (size, rooms) = ample.unwrap_or(smallest);
        check(table, &rooms)?;
        let upright = size == CELL.size && sum(&rooms, |room| room.usual) <= text_width(PORTRAIT);
        let page = if upright { PORTRAIT } else { LANDSCAPE };
        let slots = slots(&table.columns, &shares(&rooms, text_width(page)), size);
        Ok(Self {
            page,
            cell: scaled(size),
            header: scaled(header_size(fonts, &slots, size)),
            slots,
        })
    }
}

/// A cell's proportions in another size.
fn scaled(size: f32) -> Style {
    let scale = size / CELL.size;
    Style {
        size,
        leading: CELL.leading * scale,
        padding: CELL.padding * scale,
        above: CELL.above,
    }
}

fn check(table: &Table, rooms: &[Room]) -> Result<(), RenderError> {
    let mut used = 0.0;
    let fitting = rooms.iter().take_while(|room| {
        used += room.least;
        used <= text_width(LANDSCAPE)
    });
    match (fitting.count(), rooms.len()) {
        (fitting, all) if fitting == all => Ok(()),
        (fitting, all) => Err(RenderError::limit(
            format!(
                "The table \u{201C}{}\u{201D} is too wide for a PDF page: the first {fitting} of its {all} columns fit.",
                table.name
            ),
            BEYOND,
        )),
    }
}

/// What a column asks for in points, gutters included; each no less than the one before.
struct Room {
    /// Figures are whole, words and headers may break.
    least: f32,
    /// Headers in their smallest size are whole too.
    headed: f32,
    /// Large figures are in full size, and neither header nor usual words break.
    ample: f32,
    usual: f32,
}

impl Room {
    fn of(fonts: &Fonts, column: &Column, size: f32) -> Self {
        let figure = |text| fonts.width(Weight::Regular, size, text);
        let characters = |count: u16| f32::from(count.max(1)) * size * AVERAGE_CHARACTER_WIDTH;
        let words = characters(column.width.min(AMPLE_TEXT));
        let (least, ample) = match column.kind {
            ColumnKind::Date => (figure(DATE), figure(DATE)),
            ColumnKind::Integer | ColumnKind::Decimal(_) => (figure(MIN_NUMBER), figure(AMPLE_NUMBER)),
            ColumnKind::Text => (figure(MIN_TEXT), words),
            ColumnKind::Mixed => (figure(MIN_TEXT), words.max(figure(AMPLE_NUMBER))),
        };
        let header = longest_part(fonts, &column.header);
        let headed = least.max(points(header, size.min(SMALLEST_HEADER)));
        let ample = ample.max(headed).max(points(header, size));
        let usual = characters(column.width).max(ample);
        // A tenth of a point for what is lost in rounding.
        let with_gutters = |width: f32| width + 2.0 * GUTTER * size + 0.1;
        Self {
            least: with_gutters(least),
            headed: with_gutters(headed),
            ample: with_gutters(ample),
            usual: with_gutters(usual),
        }
    }
}

/// The widest part of a header that should not break, in thousandths of its size.
fn longest_part(fonts: &Fonts, header: &str) -> u64 {
    presentable(fonts, header)
        .shown
        .split_whitespace()
        .flat_map(|word| word.split_inclusive(BREAKS))
        .map(|part| fonts.advance(Weight::Bold, part))
        .max()
        .unwrap_or(0)
}

/// The largest size up to the cells' in which no header breaks within its words; the smallest if there is none.
fn header_size(fonts: &Fonts, slots: &[Slot], cells: f32) -> f32 {
    let whole = |size: f32| {
        let fits = |slot: &Slot| points(longest_part(fonts, &slot.header), size) <= slot.width;
        slots.iter().all(fits)
    };
    let mut size = cells;
    while size > SMALLEST_HEADER && !whole(size) {
        size -= HEADER_STEP;
    }
    size
}

fn sum(rooms: &[Room], part: impl Fn(&Room) -> f32) -> f32 {
    rooms.iter().map(part).sum()
}

/// Shares the width out: to each column the most of what it asks for that all can have, and of what is left in
/// proportion to what it asks for beyond.
fn shares(rooms: &[Room], whole: f32) -> Vec<f32> {
    const DEMANDS: [fn(&Room) -> f32; 4] = [
        |room| room.least,
        |room| room.headed,
        |room| room.ample,
        |room| room.usual,
    ];
    let beyond = (1..DEMANDS.len()).find(|demand| sum(rooms, DEMANDS[*demand]) > whole);
    let Some(beyond) = beyond else {
        let usual = sum(rooms, |room| room.usual);
        return rooms.iter().map(|room| room.usual * whole / usual).collect();
    };
    let (had, wanted) = (DEMANDS[beyond - 1], DEMANDS[beyond]);
    let share = (whole - sum(rooms, had)) / (sum(rooms, wanted) - sum(rooms, had));
    rooms
        .iter()
        .map(|room| had(room) + (wanted(room) - had(room)) * share)
        .collect()
}

fn slots(columns: &[Column], widths: &[f32], size: f32) -> Vec<Slot> {
    let gutter = GUTTER * size;
    let mut x = MARGIN;
    columns
        .iter()
        .zip(widths)
        .map(|(column, width)| {
            let slot = Slot {
                kind: column.kind,
                header: column.header.clone(),
                x: x + gutter,
                width: width - 2.0 * gutter,
            };
            x += width;
            slot
        })
        .collect()
}
