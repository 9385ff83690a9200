//! Where a content stream puts text (ISO 32000-2, 9.4): `evidence/changes/content.py`, its `draw`.
//!
//! First all operators are found with their numbers, and only then followed: what is unclean is
//! known before Python has been asked for anything. Sums are in the order Python has them.

#![forbid(unsafe_code)]

use std::ffi::CStr;
use std::ops::Range;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Object, Stop, TupleClass};

/// Bytes before an operator in which its operands are looked for; beyond that, it is for Python.
const MAX_OPERAND: usize = 65_536;
const MAX_SAVED: usize = 256;
const FAR: f64 = 1e9;
/// Of a glyph, in font sizes.
const WIDTH: f64 = 0.5;
/// Fonts whose kind is remembered.
const MAX_FONTS: usize = 256;

type Matrix = [f64; 6];
const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// What an operator does to positions.
enum Step {
    Save,
    Restore,
    Transform(Matrix),
    Begin,
    Place(Matrix),
    Move(f64, f64),
    MoveLeading(f64, f64),
    Lead(f64),
    Next,
    Show(Range<usize>),
    ShowOnNext(Range<usize>),
    Font(Range<usize>, f64),
    XObject(Range<usize>),
}

/// A step, and how many possible operators there were up to it.
type Counted = (usize, Step);

/// White space as `bytes.split` and `\s` have it: not the null byte.
fn white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Part of a longer word, where it stands before an operator.
fn regular(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'#' | b'-' | b'/' | b'*')
}

/// Part of a longer word, where it stands after an operator.
fn follows(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'\'' | b'"' | b'_' | b'.' | b'#' | b'-')
}

/// How long the operator is that may begin here, 0 where none does.
fn operator(data: &[u8], at: usize) -> usize {
    let size = match data[at] {
        b'q' | b'Q' | b'\'' | b'"' => 1,
        first @ (b'T' | b'c' | b'D' | b'B') => match (first, data.get(at + 1)) {
            (b'T', Some(b'j' | b'J' | b'm' | b'D' | b'd' | b'f' | b'L' | b'*')) => 2,
            (b'c', Some(b'm')) | (b'D', Some(b'o')) | (b'B', Some(b'T')) => 2,
            _ => return 0,
        },
        _ => return 0,
    };
    if data.get(at + size).is_some_and(|&next| follows(next)) { 0 } else { size }
}

/// Whether a string has begun that has not ended, kept up from one possible operator to the next.
struct Strings {
    at: usize,
    open: usize,
    closed: usize,
}

impl Strings {
    fn inside(&mut self, data: &[u8], end: usize) -> bool {
        while self.at < end {
            match data[self.at] {
                b'(' => self.open += 1,
                b')' => self.closed += 1,
                // What it escapes may lie beyond: then it comes to be escaped by the next call.
                b'\\' if self.at + 1 < end => self.at += 1,
                b'\\' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.open > self.closed
    }
}

/// Find the operators, at most `left` of what may be one; returns how many of those there are.
fn steps(data: &[u8], left: usize) -> Answer<(Vec<Counted>, usize)> {
    let mut found = Vec::new();
    let (mut last, mut count, mut at) = (0, 0, 0);
    let mut strings = Strings { at: 0, open: 0, closed: 0 };
    while at < data.len() {
        let size = operator(data, at);
        if size == 0 {
            at += 1;
            continue;
        }
        let start = at;
        at += size;
        count += 1;
        if count > left {
            break;
        }
        if start - last > MAX_OPERAND {
            return Err(Stop::Unclean);
        }
        if start > last && (regular(data[start - 1]) || strings.inside(data, start)) {
            continue;
        }
        found.push((count, step(data, start..at, last..start)?));
        last = at;
        strings = Strings { at: last, open: 0, closed: 0 };
    }
    Ok((found, count))
}

fn step(data: &[u8], operator: Range<usize>, operands: Range<usize>) -> Answer<Step> {
    let before = &data[operands.clone()];
    Ok(match &data[operator] {
        b"q" => Step::Save,
        b"Q" => Step::Restore,
        b"cm" => Step::Transform(numbers(before)?),
        b"BT" => Step::Begin,
        b"Tm" => Step::Place(numbers(before)?),
        b"Td" => {
            let [x, y] = numbers(before)?;
            Step::Move(x, y)
        }
        b"TD" => {
            let [x, y] = numbers(before)?;
            Step::MoveLeading(x, y)
        }
        b"TL" => {
            let [leading] = numbers(before)?;
            Step::Lead(leading)
        }
        b"T*" => Step::Next,
        b"Tj" | b"TJ" => Step::Show(operands),
        b"'" | b"\"" => Step::ShowOnNext(operands),
        b"Tf" => {
            let [size] = numbers(before)?;
            Step::Font(name(data, operands), size)
        }
        b"Do" => Step::XObject(name(data, operands)),
        _ => return Err(Stop::Unclean),
    })
}

/// The last operands as numbers, 0 where there are none.
fn numbers<const N: usize>(operands: &[u8]) -> Answer<[f64; N]> {
    let mut found = [0.0; N];
    let words = operands.rsplit(|&byte| white(byte)).filter(|word| !word.is_empty());
    for (place, word) in found.iter_mut().rev().zip(words) {
        *place = number(word)?;
    }
    Ok(found)
}

/// A number as Python's `float` reads it, 0 where it refuses; its rarer spellings are unclean.
fn number(word: &[u8]) -> Answer<f64> {
    if word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-')) {
        let value: f64 = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        return Ok(if value < FAR { if value > -FAR { value } else { -FAR } } else { FAR });
    }
    if word.iter().any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.' | b'+' | b'-')) {
        return Ok(0.0);
    }
    let spelt = word.strip_prefix(b"+").or(word.strip_prefix(b"-")).unwrap_or(word);
    let named = [&b"inf"[..], b"infinity", b"nan"].iter().any(|name| spelt.eq_ignore_ascii_case(name));
    if spelt[0].is_ascii_alphabetic() && !named { Ok(0.0) } else { Err(Stop::Unclean) }
}

/// Where the first name among the operands stands; an empty range where none does.
fn name(data: &[u8], operands: Range<usize>) -> Range<usize> {
    let mut at = operands.start;
    while let Some(slash) = data[at..operands.end].iter().position(|&byte| byte == b'/') {
        at += slash + 1;
        let ends = |byte: u8| white(byte) || matches!(byte, b'/' | b'<' | b'>' | b'[' | b']' | b'(' | b')');
        let rest = &data[at..operands.end];
        let size = rest.iter().position(|&byte| ends(byte)).unwrap_or(rest.len());
        if (1..=127).contains(&size) && rest.get(size).is_none_or(|&byte| white(byte)) {
            return at..at + size;
        }
    }
    0..0
}

/// Of the strings among the operands: how many glyphs, and whether any can be seen.
fn glyphs(operands: &[u8], wide: bool) -> (usize, bool) {
    let (mut count, mut seen, mut at) = (0, false, 0);
    while at < operands.len() {
        let (size, blank, end) = match operands[at] {
            b'(' => match literal(operands, at + 1) {
                Some(end) => {
                    let inner = &operands[at + 1..end - 1];
                    let size = if wide { inner.len() / 2 } else { inner.len() };
                    (size, inner.iter().all(|&byte| white(byte)), end)
                }
                None => (0, true, at + 1),
            },
            b'<' => match hexadecimal(operands, at + 1) {
                Some((digits, end)) => {
                    let size = digits.len() / if wide { 4 } else { 2 };
                    (size, without(&without(&digits, b"0003"), b"20").is_empty(), end)
                }
                None => (0, true, at + 1),
            },
            _ => (0, true, at + 1),
        };
        count += size;
        seen |= size > 0 && !blank;
        at = end;
    }
    (count, seen)
}

/// Where a literal string ends, brackets once within each other; None where it doesn't.
fn literal(data: &[u8], mut at: usize) -> Option<usize> {
    let mut nested = false;
    loop {
        match data.get(at)? {
            b'\\' => at += 1,
            b'(' if nested => return None,
            b'(' => nested = true,
            b')' if nested => nested = false,
            b')' => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
}

/// A hexadecimal string's digits, and where it ends.
fn hexadecimal(data: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut digits = Vec::new();
    for (index, &byte) in data.iter().enumerate().skip(at) {
        match byte {
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'\x0b' => digits.push(byte),
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => {}
            b'>' => return Some((digits, index + 1)),
            _ => return None,
        }
    }
    None
}

/// The bytes without a word, as `bytes.replace` leaves them.
fn without(data: &[u8], word: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        if data[at..].starts_with(word) {
            at += word.len();
        } else {
            left.push(data[at]);
            at += 1;
        }
    }
    left
}

/// The product of two transformation matrices (8.3.4).
fn times(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

fn moved(x: f64, y: f64, matrix: &Matrix) -> Matrix {
    times(&[1.0, 0.0, 0.0, 1.0, x, y], matrix)
}

/// The upright rectangle around a transformed one.
fn transformed([x0, y0, x1, y1]: [f64; 4], [a, b, c, d, e, f]: &Matrix) -> [f64; 4] {
    let corners = [(x0, y0), (x0, y1), (x1, y0), (x1, y1)];
    let xs = corners.map(|(x, y)| x * a + y * c + e);
    let ys = corners.map(|(x, y)| x * b + y * d + f);
    [least(xs), least(ys), greatest(xs), greatest(ys)]
}

/// As Python's `min`: what cannot be compared gives way to nothing.
fn least(values: [f64; 4]) -> f64 {
    values.into_iter().reduce(|least, value| if value < least { value } else { least }).unwrap_or(0.0)
}

fn greatest(values: [f64; 4]) -> f64 {
    values.into_iter().reduce(|most, value| if value > most { value } else { most }).unwrap_or(0.0)
}

/// What `q` keeps.
#[derive(Clone)]
struct Graphics {
    ctm: Matrix,
    size: f64,
    wide: bool,
    leading: f64,
}

/// A content stream being followed.
struct Run<'a> {
    data: &'a [u8],
    state: Graphics,
    saved: Vec<Graphics>,
    text: Matrix,
    line: Matrix,
    fonts: Vec<(&'a [u8], bool)>,
    boxes: Vec<[f64; 4]>,
    /// Boxes there is room for.
    room: usize,
    /// The last possible operator that counts, and the last Python has heard of.
    limit: usize,
    told: usize,
    python: &'a Calls<'a>,
}

/// What is asked of Python: a font's kind and what an XObject is; and what boxes are made of.
struct Calls<'a> {
    font: Borrowed<'a>,
    xobject: Borrowed<'a>,
    class: TupleClass,
    kind: Borrowed<'a>,
    tolerance: Borrowed<'a>,
}

impl Calls<'_> {
    fn boxes(&self, found: &[[f64; 4]]) -> Answer<Object> {
        let mut made = Vec::with_capacity(found.len());
        for &[x0, y0, x1, y1] in found {
            let corners = [ffi::float(x0)?, ffi::float(y0)?, ffi::float(x1)?, ffi::float(y1)?];
            made.push(self.class.make([self.kind.own(), ffi::tuple(corners)?, self.tolerance.own()])?);
        }
        ffi::list(made.into_iter())
    }
}

impl<'a> Run<'a> {
    /// Follow the steps; returns how many possible operators Python has not heard of.
    fn follow(&mut self, steps: &[Counted], total: usize) -> Answer<usize> {
        for &(count, ref step) in steps {
            if count > self.limit || self.room == 0 {
                return Ok(self.limit + 1 - self.told);
            }
            self.take(count, step)?;
        }
        Ok(total - self.told)
    }

    fn take(&mut self, count: usize, step: &Step) -> Answer<()> {
        match *step {
            Step::Save if self.saved.len() < MAX_SAVED => self.saved.push(self.state.clone()),
            Step::Save => {}
            Step::Restore => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            Step::Transform(ref matrix) => self.state.ctm = times(matrix, &self.state.ctm),
            Step::Begin => self.place(IDENTITY),
            Step::Place(matrix) => self.place(matrix),
            Step::Move(x, y) => self.next(x, y),
            Step::MoveLeading(x, y) => {
                self.state.leading = -y;
                self.next(x, y);
            }
            Step::Lead(leading) => self.state.leading = leading,
            Step::Next => self.next(0.0, -self.state.leading),
            Step::Show(ref operands) => self.show(operands.clone()),
            Step::ShowOnNext(ref operands) => {
                self.next(0.0, -self.state.leading);
                self.show(operands.clone());
            }
            Step::Font(ref name, size) => {
                self.state.wide = self.wide(&self.data[name.clone()])?;
                self.state.size = size;
            }
            Step::XObject(ref name) => self.xobject(count, name.clone())?,
        }
        Ok(())
    }

    fn place(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn next(&mut self, x: f64, y: f64) {
        self.place(moved(x, y, &self.line));
    }

    fn wide(&mut self, name: &'a [u8]) -> Answer<bool> {
        if let Some(&(_, wide)) = self.fonts.iter().find(|(known, _)| *known == name) {
            return Ok(wide);
        }
        let wide = self.python.font.call(ffi::bytes(name)?)?.borrow().truth()?;
        if self.fonts.len() < MAX_FONTS {
            self.fonts.push((name, wide));
        }
        Ok(wide)
    }

    fn show(&mut self, operands: Range<usize>) {
        let (count, seen) = glyphs(&self.data[operands], self.state.wide);
        let size = self.state.size;
        #[allow(clippy::cast_precision_loss)] // at most 65,536
        let width = count as f64 * size * WIDTH;
        if seen {
            let matrix = times(&self.text, &self.state.ctm);
            self.boxes.push(transformed([0.0, -0.2 * size, width, 0.8 * size], &matrix));
            self.room -= 1;
        }
        self.text = moved(width, 0.0, &self.text);
    }

    /// Hand over what was found so far; Python draws the XObject and says what is left.
    fn xobject(&mut self, count: usize, name: Range<usize>) -> Answer<()> {
        let [a, b, c, d, e, f] = self.state.ctm;
        let matrix = ffi::tuple([
            ffi::float(a)?,
            ffi::float(b)?,
            ffi::float(c)?,
            ffi::float(d)?,
            ffi::float(e)?,
            ffi::float(f)?,
        ])?;
        let found = self.python.boxes(&std::mem::take(&mut self.boxes))?;
        let used = ffi::size(count - self.told)?;
        self.told = count;
        let given = ffi::tuple([found, used, ffi::bytes(&self.data[name])?, matrix])?;
        let left = self.python.xobject.call(given)?.borrow().int()?;
        self.limit = count + usize::try_from(left >> 16).unwrap_or(0);
        self.room = usize::try_from(left & 0xFFFF).unwrap_or(0);
        Ok(())
    }
}

/// `follow(data, ctm, left, room, font, xobject, box)`: the boxes of text, and how many possible
/// operators Python has not heard of.
///
/// `box` is the class of a box, the kind and the tolerance of one of text. `font(name)` says whether glyphs have two bytes. `xobject((boxes, used, name, ctm))` returns how
/// many operators are left, times 65,536, and for how many boxes there is room.
pub struct Follow;

impl Function for Follow {
    const NAME: &'static CStr = c"follow";
    type State = State;

    fn call(_: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, ctm, left, room, font, xobject, sort] = arguments else {
            return Err(ffi::type_error(c"seven arguments"));
        };
        let (data, left, room) = (data.bytes()?, left.size()?, room.size()?);
        let mut base = IDENTITY;
        for (index, place) in base.iter_mut().enumerate() {
            *place = ctm.part(index)?.float()?;
        }
        let (found, total) = steps(data, left)?;
        let class = TupleClass::new(sort.part(0)?)?;
        let python = Calls { font, xobject, class, kind: sort.part(1)?, tolerance: sort.part(2)? };
        let mut run = Run {
            data,
            state: Graphics { ctm: base, size: 1.0, wide: false, leading: 0.0 },
            saved: Vec::new(),
            text: IDENTITY,
            line: IDENTITY,
            fonts: Vec::new(),
            boxes: Vec::new(),
            room,
            limit: left,
            told: 0,
            python: &python,
        };
        let used = run.follow(&found, total)?;
        ffi::tuple([python.boxes(&run.boxes)?, ffi::size(used)?])
    }
}
