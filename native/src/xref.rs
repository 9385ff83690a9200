//! Cross-reference sections, and the predictor of their streams: `evidence/pdf/xref.py` and
//! `predictors.py`, for what is clean.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Mapping, Object, Stop, TupleClass};
use crate::lexer::{digits, skip, white};

/// The class of an entry, and the kinds there are, registered once.
pub struct Entries {
    class: TupleClass,
    in_use: Object,
    free: Object,
    packed: Object,
    zero: Object,
}

impl Entries {
    /// An entry: number, generation, kind, offset, container, position.
    fn make(&self, num: &Object, kind: &Object, numbers: [i64; 4]) -> Answer<Object> {
        let [generation, offset, container, position] = numbers;
        let of = |value| if value == 0 { Ok(self.zero.clone()) } else { ffi::int(value) };
        let place = [of(offset)?, of(container)?, of(position)?];
        let [offset, container, position] = place;
        self.class.make([num.clone(), of(generation)?, kind.clone(), offset, container, position])
    }
}

/// `setup_entries(Entry, offset, free, compressed)`: takes what entries are made of, and says True.
pub struct SetupEntries;

impl Function for SetupEntries {
    const NAME: &'static CStr = c"setup_entries";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[class, in_use, free, packed] = arguments else {
            return Err(ffi::type_error(c"four arguments: Entry, offset, free, compressed"));
        };
        let made = Entries {
            class: TupleClass::new(class)?,
            in_use: in_use.own(),
            free: free.own(),
            packed: packed.own(),
            zero: ffi::int(0)?,
        };
        state.entries.set(made).map_err(|_| Stop::Unclean)?;
        Ok(ffi::boolean(true))
    }
}

const ROW: usize = 20;

/// A row as it should be: `nnnnnnnnnn ggggg n` and two bytes that end the line.
fn row(line: &[u8; ROW]) -> Option<(i64, i64, bool)> {
    let (offset, generation) = (number(&line[..10])?, number(&line[11..16])?);
    let spaced = line[10] == b' ' && line[16] == b' ';
    let ended = matches!(&line[18..], b" \r" | b" \n" | b"\r\n");
    let kind = match line[17] {
        b'n' => true,
        b'f' => false,
        _ => return None,
    };
    (spaced && ended).then_some((offset, generation, kind))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, &digit| match digit {
        b'0'..=b'9' => Some(value * 10 + i64::from(digit - b'0')),
        _ => None,
    })
}

/// `table_section(data, at, most, base)`: the entries of a table, by number, and where its trailer's
/// dictionary begins; `at` is where its `xref` ends, `most` how many entries there may be.
pub struct TableSection;

impl Function for TableSection {
    const NAME: &'static CStr = c"table_section";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at, most, base] = arguments else {
            return Err(ffi::type_error(c"four arguments: data, at, most, base"));
        };
        let (data, mut at, most, base) = (data.bytes()?, at.size()?, most.size()?, base.int()?);
        let entries = state.entries()?;
        let (made, mut total) = (Mapping::new()?, 0);
        while let Some((first, count, start)) = subsection(data, at) {
            total += count;
            at = count.checked_mul(ROW).and_then(|size| start.checked_add(size)).ok_or(Stop::Unclean)?;
            let rows = data.get(start..at).filter(|_| total <= most).ok_or(Stop::Unclean)?;
            add_rows(entries, &made, data, rows.as_chunks::<ROW>().0, first, base)?;
        }
        let trailer = skip(data, at);
        if made.len() != total || !data[trailer..].starts_with(b"trailer") {
            return Err(Stop::Unclean);
        }
        ffi::tuple([made.into_object(), ffi::size(trailer + b"trailer".len())?])
    }
}

/// The two numbers a subsection begins with, and where its rows begin.
fn subsection(data: &[u8], at: usize) -> Option<(i64, usize, usize)> {
    let (first, end) = digits(data, skip(data, at), 10)?;
    let next = white(data, end);
    let (count, end) = digits(data, next, 10).filter(|_| next > end)?;
    let end = end + data[end..].iter().take_while(|&&byte| byte == b' ').count();
    let line_end = match data.get(end..)? {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    };
    Some((first, usize::try_from(count).ok()?, end + line_end))
}

/// Add the entries of a subsection, provided that it begins with the number it should.
fn add_rows(
    entries: &Entries,
    made: &Mapping,
    data: &[u8],
    rows: &[[u8; ROW]],
    first: i64,
    base: i64,
) -> Answer<()> {
    let mut told = false;
    for (index, line) in rows.iter().enumerate() {
        let number = first + index as i64;
        let (offset, generation, in_use) = row(line).ok_or(Stop::Unclean)?;
        let num = ffi::int(number)?;
        let entry = if in_use {
            let kind = if offset > 0 { &entries.in_use } else { &entries.free };
            let place = offset.checked_add(base).ok_or(Stop::Unclean)?;
            if index < 2 && !std::mem::replace(&mut told, true) && !begins(data, place, number) {
                return Err(Stop::Unclean);
            }
            entries.make(&num, kind, [generation, place, 0, 0])?
        } else if index == 0 && first > 0 && generation == 65535 {
            return Err(Stop::Unclean); // the head of the free list is object 0
        } else {
            entries.make(&num, &entries.free, [generation, 0, 0, 0])?
        };
        made.set(num.borrow(), entry.borrow())?;
    }
    Ok(())
}

/// Whether the object of that number stands there.
fn begins(data: &[u8], place: i64, number: i64) -> bool {
    let rest = usize::try_from(place).ok().and_then(|place| data.get(place..));
    rest.is_some_and(|rest| rest.starts_with(format!("{number} ").as_bytes()))
}

/// `stream_rows(data, row, one, two, three, numbers, base)`: the entries of a stream, by number,
/// where no number is there twice. Rows have `row` bytes, their first fields the three widths.
pub struct StreamRows;

impl Function for StreamRows {
    const NAME: &'static CStr = c"stream_rows";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, row, one, two, three, numbers, base] = arguments else {
            return Err(ffi::type_error(c"seven arguments: data, row, three widths, numbers, base"));
        };
        let (data, row, base) = (data.bytes()?, row.size()?, base.int()?);
        let (one, two, three) = (one.size()?, two.size()?, three.size()?);
        let entries = state.entries()?;
        if row == 0 || [one, two, three].iter().any(|&size| size > 8) || one + two + three > row {
            return Err(Stop::Unclean);
        }
        let (made, count) = (Mapping::new()?, numbers.length()?.min(data.len() / row));
        for (index, line) in data.chunks_exact(row).take(count).enumerate() {
            let (kind, rest) = line.split_at(one);
            let (second, rest) = rest.split_at(two);
            let kind = if one == 0 { 1 } else { big_endian(kind)? };
            let (second, third) = (big_endian(second)?, big_endian(&rest[..three])?);
            let num = numbers.item(index)?;
            let entry = match kind {
                2 => entries.make(&num, &entries.packed, [0, 0, second, third])?,
                1 => {
                    let place = second.checked_add(base).ok_or(Stop::Unclean)?;
                    entries.make(&num, &entries.in_use, [third, place, 0, 0])?
                }
                _ => entries.make(&num, &entries.free, [third.min(65535), 0, 0, 0])?,
            };
            made.set(num.borrow(), entry.borrow())?;
        }
        if made.len() == count { Ok(made.into_object()) } else { Err(Stop::Unclean) }
    }
}

/// A number of at most eight bytes; one that is no offset in any file is unusual.
fn big_endian(bytes: &[u8]) -> Answer<i64> {
    let value = bytes.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    i64::try_from(value).map_err(|_| Stop::Unclean)
}

/// `undo_png(data, row, pixel)`: the rows without their predictor, where each is whole.
pub struct UndoPng;

impl Function for UndoPng {
    const NAME: &'static CStr = c"undo_png";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, row, pixel] = arguments else {
            return Err(ffi::type_error(c"three arguments: data, row, pixel"));
        };
        ffi::bytes(&undo_png(data.bytes()?, row.size()?, pixel.size()?)?)
    }
}

/// Undo a PNG predictor (ISO 32000-2, 7.4.4.4; PNG, 9.2).
fn undo_png(data: &[u8], row: usize, pixel: usize) -> Answer<Vec<u8>> {
    if row == 0 || pixel == 0 || row >= data.len() || !data.len().is_multiple_of(row + 1) {
        return Err(Stop::Unclean);
    }
    let mut out = vec![0; data.len() / (row + 1) * row];
    let mut done = 0;
    let first = vec![0; row];
    for line in data.chunks_exact(row + 1) {
        let (before, rest) = out.split_at_mut(done);
        let above = if done == 0 { &first[..] } else { &before[done - row..] };
        let made = &mut rest[..row];
        made.copy_from_slice(&line[1..]);
        undo_row(line[0], made, above, pixel)?;
        done += row;
    }
    Ok(out)
}

fn undo_row(kind: u8, line: &mut [u8], above: &[u8], pixel: usize) -> Answer<()> {
    match kind {
        0 => {}
        2 => line.iter_mut().zip(above).for_each(|(byte, &up)| *byte = byte.wrapping_add(up)),
        1 | 3 | 4 => {
            for at in 0..line.len() {
                let before = at.checked_sub(pixel);
                let (left, corner) = before.map_or((0, 0), |before| (line[before], above[before]));
                let estimate = match kind {
                    1 => left,
                    3 => left.midpoint(above[at]),
                    _ => paeth(left, above[at], corner),
                };
                line[at] = line[at].wrapping_add(estimate);
            }
        }
        _ => return Err(Stop::Unclean),
    }
    Ok(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let to = |value: u8| (estimate - i16::from(value)).abs();
    if to(left) <= to(up) && to(left) <= to(corner) {
        left
    } else if to(up) <= to(corner) {
        up
    } else {
        corner
    }
}
