//! Reading one value (ISO 32000-2, 7.2 and 7.3): `evidence/pdf/lexer.py`, for what is clean.
//!
//! Each function here ends where the Python has a note, an error or a rule for the unusual.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::ffi::CStr;

use crate::State;
use crate::ffi::{
    self, Answer, Borrowed, BytesClass, DictClass, Function, Mapping, Member, Object, Stop, TupleClass,
};

const WHITE: u8 = 1;
const REGULAR: u8 = 2;
const DIGIT: u8 = 4;

/// What each byte is (7.2.3).
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [REGULAR; 256];
    let (white, delimiters) = (b"\0\t\n\x0c\r ", b"()<>[]{}/%");
    let mut at = 0;
    while at < white.len() {
        table[white[at] as usize] = WHITE;
        at += 1;
    }
    at = 0;
    while at < delimiters.len() {
        table[delimiters[at] as usize] = 0;
        at += 1;
    }
    at = b'0' as usize;
    while at <= b'9' as usize {
        table[at] = REGULAR | DIGIT;
        at += 1;
    }
    table
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// Whether a byte is white space (7.2.3, table 1).
pub fn is_white(byte: u8) -> bool {
    is(byte, WHITE)
}

/// Whether a byte can be part of a name: it is neither white space nor a delimiter.
pub fn is_regular(byte: u8) -> bool {
    is(byte, REGULAR)
}

/// How many bytes of that class stand at `at`.
fn run(data: &[u8], at: usize, class: u8) -> usize {
    let rest = data.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| !is(byte, class)).unwrap_or(rest.len())
}

pub fn white(data: &[u8], at: usize) -> usize {
    at + run(data, at, WHITE)
}

/// Skip white space and comments.
pub fn skip(data: &[u8], mut at: usize) -> usize {
    loop {
        at = white(data, at);
        if data.get(at) != Some(&b'%') {
            return at;
        }
        let rest = &data[at..];
        at += rest.iter().position(|&byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
    }
}

/// A whole number of at most `longest` digits (18 fit), and where it ends.
pub fn digits(data: &[u8], at: usize, longest: usize) -> Option<(i64, usize)> {
    let size = run(data, at, DIGIT);
    if size == 0 || size > longest {
        return None;
    }
    let digits = &data[at..at + size];
    Some((digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')), at + size))
}

/// The classes and functions of the Python side, registered once.
pub struct Classes {
    pub reference: TupleClass,
    string: BytesClass,
    hex_string: BytesClass,
    dict: DictClass,
    start: Member,
    end: Member,
    duplicates: Member,
    none: Object,
    empty: Object,
    names: Names,
}

impl Classes {
    fn new(given: &[Borrowed<'_>]) -> Answer<Self> {
        let &[name, reference, string, hex_string, dict] = given else {
            return Err(ffi::type_error(c"five arguments: name, Ref, PdfString, HexString, Dict"));
        };
        let dict = DictClass::new(dict)?;
        Ok(Self {
            reference: TupleClass::new(reference)?,
            string: BytesClass::new(string)?,
            hex_string: BytesClass::new(hex_string)?,
            start: dict.slot(c"start")?,
            end: dict.slot(c"end")?,
            duplicates: dict.slot(c"duplicates")?,
            dict,
            none: ffi::none(),
            empty: ffi::tuple([])?,
            names: Names::new(name),
        })
    }
}

/// Names seen lately, by their bytes: most are found here. What is not is asked of Python, which
/// knows how they are spelt; a file made to miss costs what Python alone would.
struct Names {
    make: Object,
    places: RefCell<Vec<Option<(Spelling, Object)>>>,
}

type Spelling = ([u8; LONGEST], u8);
const LONGEST: usize = 23;
const PLACES: usize = 1024;

impl Names {
    fn new(make: Borrowed<'_>) -> Self {
        Self { make: make.own(), places: RefCell::new((0..PLACES).map(|_| None).collect()) }
    }

    fn get(&self, raw: &[u8]) -> Answer<Object> {
        if raw.len() > LONGEST {
            return self.make.borrow().call(ffi::bytes(raw)?);
        }
        let hash = raw.iter().fold(raw.len(), |hash, &byte| {
            (hash ^ usize::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize).rotate_left(23)
        });
        let place = hash % PLACES;
        let mut spelling = ([0; LONGEST], raw.len() as u8);
        spelling.0[..raw.len()].copy_from_slice(raw);
        if let Some((known, name)) = &self.places.borrow()[place]
            && *known == spelling
        {
            return Ok(name.clone());
        }
        let name = self.make.borrow().call(ffi::bytes(raw)?)?;
        // The one that gives way is dropped after the places are free again.
        let _old = self.places.borrow_mut()[place].replace((spelling, name.clone()));
        Ok(name)
    }
}

/// A value on the stack, and whether it can be a key.
struct Item {
    object: Object,
    is_name: bool,
}

/// An array or dictionary that is open: where its items begin, and where the dictionary does.
struct Opened {
    first: usize,
    dictionary: Option<usize>,
}

/// Tokens of one object, as `_MAX_TOKENS`.
const MAX_TOKENS: usize = 2_000_000;

/// Read the value at `at`, and return it with where it ends.
pub fn value(
    classes: &Classes,
    data: &[u8],
    at: usize,
    depth: usize,
    placed: bool,
) -> Answer<(Object, usize)> {
    let mut reader = Reader { classes, data, at, placed, items: Vec::new(), open: Vec::new() };
    for _ in 0..MAX_TOKENS {
        reader.token(depth)?;
        if reader.open.is_empty() {
            return Ok((reader.items.pop().ok_or(Stop::Unclean)?.object, reader.at));
        }
    }
    Err(Stop::Unclean)
}

struct Reader<'a> {
    classes: &'a Classes,
    data: &'a [u8],
    at: usize,
    placed: bool,
    items: Vec<Item>,
    open: Vec<Opened>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.data.get(self.at + ahead).copied()
    }

    fn push(&mut self, object: Object, end: usize) -> Answer<()> {
        self.at = end;
        self.items.push(Item { object, is_name: false });
        Ok(())
    }

    /// Read a token; a bracket that closes makes a value of what it encloses.
    fn token(&mut self, depth: usize) -> Answer<()> {
        self.at = skip(self.data, self.at);
        match self.peek(0).ok_or(Stop::Unclean)? {
            b'/' => self.name(),
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number(),
            b'[' => self.open(None, 1, depth),
            b']' => self.close_array(),
            b'(' => {
                let (string, end) = string(self.data, self.at + 1)?;
                self.push(self.classes.string.make(&string)?, end)
            }
            b'<' if self.peek(1) == Some(b'<') => self.open(Some(self.at), 2, depth),
            b'<' => self.hex_string(),
            b'>' if self.peek(1) == Some(b'>') => self.close_dictionary(),
            b't' | b'f' | b'n' => self.word(),
            _ => Err(Stop::Unclean),
        }
    }

    fn name(&mut self) -> Answer<()> {
        let first = self.at + 1;
        self.at = first + run(self.data, first, REGULAR);
        let object = self.classes.names.get(&self.data[first..self.at])?;
        self.items.push(Item { object, is_name: true });
        Ok(())
    }

    /// A whole number, a reference, or a real number of up to 18 digits.
    fn number(&mut self) -> Answer<()> {
        let data = self.data;
        let size = run(data, self.at, REGULAR);
        let (token, end) = (&data[self.at..self.at + size], self.at + size);
        let signed = matches!(token[0], b'+' | b'-');
        let whole = usize::from(signed) + run(token, usize::from(signed), DIGIT);
        if whole == token.len() {
            let (value, _) = digits(token, usize::from(signed), 18).ok_or(Stop::Unclean)?;
            if !signed && let Some((generation, end)) = after_number(data, end, token.len()) {
                let parts = [ffi::int(value)?, ffi::int(generation)?];
                return self.push(self.classes.reference.make(parts)?, end);
            }
            return self.push(ffi::int(if token[0] == b'-' { -value } else { value })?, end);
        }
        let fraction = whole + 1;
        let ends = fraction + run(token, fraction, DIGIT) == token.len();
        if token[whole] != b'.' || !ends || token.len() > 20 || token.len() < 2 + usize::from(signed) {
            return Err(Stop::Unclean);
        }
        let text = std::str::from_utf8(token).map_err(|_| Stop::Unclean)?;
        self.push(ffi::float(text.parse().map_err(|_| Stop::Unclean)?)?, end)
    }

    fn open(&mut self, dictionary: Option<usize>, size: usize, depth: usize) -> Answer<()> {
        if self.open.len() >= depth {
            return Err(Stop::Unclean);
        }
        self.at += size;
        self.open.push(Opened { first: self.items.len(), dictionary });
        Ok(())
    }

    fn close_array(&mut self) -> Answer<()> {
        let Some(Opened { first, dictionary: None }) = self.open.pop() else {
            return Err(Stop::Unclean);
        };
        let made = ffi::list(self.items.drain(first..).map(|item| item.object))?;
        self.push(made, self.at + 1)
    }

    fn close_dictionary(&mut self) -> Answer<()> {
        let Some(Opened { first, dictionary: Some(start) }) = self.open.pop() else {
            return Err(Stop::Unclean);
        };
        let end = self.at + 2;
        let made = self.dictionary(&self.items[first..], start, end)?;
        self.items.truncate(first);
        self.push(made.into_object(), end)
    }

    fn dictionary(&self, items: &[Item], start: usize, end: usize) -> Answer<Mapping> {
        let classes = self.classes;
        let made = classes.dict.make()?;
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() || pairs.iter().any(|[key, _]| !key.is_name) {
            return Err(Stop::Unclean);
        }
        for [key, value] in pairs {
            made.set(key.object.borrow(), value.object.borrow())?;
        }
        if made.len() != pairs.len() {
            return Err(Stop::Unclean); // a key written twice
        }
        if self.placed {
            classes.start.set(&made, ffi::size(start)?.borrow())?;
            classes.end.set(&made, ffi::size(end)?.borrow())?;
        } else {
            classes.start.set(&made, classes.none.borrow())?;
            classes.end.set(&made, classes.none.borrow())?;
        }
        classes.duplicates.set(&made, classes.empty.borrow())?;
        Ok(made)
    }

    fn hex_string(&mut self) -> Answer<()> {
        let (decoded, end) = hexadecimal(self.data, self.at + 1).ok_or(Stop::Unclean)?;
        self.push(self.classes.hex_string.make(&decoded)?, end)
    }

    fn word(&mut self) -> Answer<()> {
        let end = self.at + run(self.data, self.at, REGULAR);
        let object = match &self.data[self.at..end] {
            b"true" => ffi::boolean(true),
            b"false" => ffi::boolean(false),
            b"null" => ffi::none(),
            _ => return Err(Stop::Unclean),
        };
        self.push(object, end)
    }
}

/// The ` G R` after a number of that many digits, where it is there.
fn after_number(data: &[u8], at: usize, size: usize) -> Option<(i64, usize)> {
    let second = white(data, at);
    if size > 10 || second == at {
        return None;
    }
    let (generation, end) = digits(data, second, 5)?;
    let keyword = white(data, end);
    let found = keyword > end
        && data.get(keyword) == Some(&b'R')
        && data.get(keyword + 1).is_none_or(|&byte| !is(byte, REGULAR));
    found.then_some((generation, keyword + 1))
}

/// A hexadecimal string's inside, from after its `<`, and where the string ends (7.3.4.3).
fn hexadecimal(data: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut decoded = hexadecimal_blocks(data.get(at..)?);
    let mut half = None;
    for (index, &byte) in data.iter().enumerate().skip(at + 2 * decoded.len()) {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b' ' | b'\t'..=b'\r' => continue,
            b'>' => {
                decoded.extend(half.map(|high| high << 4));
                return Some((decoded, index + 1));
            }
            _ => return None,
        };
        match half.take() {
            Some(high) => decoded.push(high << 4 | digit),
            None => half = Some(digit),
        }
    }
    None
}

/// What the blocks stand for that are digits and nothing else: nearly all of a signature's /Contents.
fn hexadecimal_blocks(data: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| (byte.wrapping_sub(b'0') < 10) | ((byte | 0x20).wrapping_sub(b'a') < 6);
    let value = |byte: u8| (byte & 0xF) + 9 * (byte >> 6);
    let mut decoded = Vec::new();
    for block in data.as_chunks::<32>().0 {
        if !block.iter().fold(true, |all, &byte| all & digit(byte)) {
            break;
        }
        let mut values = [0; 16];
        for (place, &[high, low]) in values.iter_mut().zip(block.as_chunks().0) {
            *place = value(high) << 4 | value(low);
        }
        decoded.extend_from_slice(&values);
    }
    decoded
}

/// A string's inside, from after its `(`, and where the string ends (7.3.4.2).
fn string(data: &[u8], mut at: usize) -> Answer<(Vec<u8>, usize)> {
    let mut decoded = Vec::new();
    let mut depth = 1;
    loop {
        let rest = data.get(at..).ok_or(Stop::Unclean)?;
        let special = |byte: &u8| matches!(byte, b'(' | b')' | b'\\' | b'\r');
        let plain = rest.iter().position(special).ok_or(Stop::Unclean)?;
        decoded.extend_from_slice(&rest[..plain]);
        at += plain + 1;
        match rest[plain] {
            b'\\' => at = escape(data, at, &mut decoded)?,
            b'\r' => {
                decoded.push(b'\n');
                at += usize::from(data.get(at) == Some(&b'\n'));
            }
            bracket => {
                depth = if bracket == b'(' { depth + 1 } else { depth - 1 };
                if depth == 0 {
                    return Ok((decoded, at));
                }
                decoded.push(bracket);
            }
        }
    }
}

/// What stands after a backslash; returns where it ends.
fn escape(data: &[u8], at: usize, decoded: &mut Vec<u8>) -> Answer<usize> {
    let plain = match *data.get(at).ok_or(Stop::Unclean)? {
        b'0'..=b'7' => {
            let octal = data[at..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
            let size = octal.clone().count();
            decoded
                .push((octal.fold(0, |value: u16, digit| value * 8 + u16::from(digit - b'0')) & 0xFF) as u8);
            return Ok(at + size);
        }
        b'\r' => return Ok(at + 1 + usize::from(data.get(at + 1) == Some(&b'\n'))),
        b'\n' => return Ok(at + 1),
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'f' => 0x0C,
        other => other,
    };
    decoded.push(plain);
    Ok(at + 1)
}

/// `setup(name, Ref, PdfString, HexString, Dict)`: takes what values are built of, and says True.
///
/// Whoever comes second, such as another copy of the package in one process, does without us.
pub struct Setup;

impl Function for Setup {
    const NAME: &'static CStr = c"setup";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let classes = Classes::new(arguments)?;
        state.classes.set(classes).map_err(|_| Stop::Unclean)?;
        Ok(ffi::boolean(true))
    }
}

/// `parse_value(data, at, depth, placed)`: the value and where it ends.
pub struct ParseValue;

impl Function for ParseValue {
    const NAME: &'static CStr = c"parse_value";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at, depth, placed] = arguments else {
            return Err(ffi::type_error(c"four arguments: data, at, depth, placed"));
        };
        let classes = state.classes()?;
        let (made, end) = value(classes, data.bytes()?, at.size()?, depth.size()?, placed.truth()?)?;
        ffi::tuple([made, ffi::size(end)?])
    }
}

/// `literal_string(data, at)`: the string from after its `(`, and where it ends.
pub struct LiteralString;

impl Function for LiteralString {
    const NAME: &'static CStr = c"literal_string";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at] = arguments else {
            return Err(ffi::type_error(c"two arguments: data, at"));
        };
        let (decoded, end) = string(data.bytes()?, at.size()?)?;
        ffi::tuple([state.classes()?.string.make(&decoded)?, ffi::size(end)?])
    }
}

/// `value_spans(data, at, depth)`: where the value of each key of a dictionary starts and ends.
pub struct ValueSpans;

impl Function for ValueSpans {
    const NAME: &'static CStr = c"value_spans";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[data, at, depth] = arguments else {
            return Err(ffi::type_error(c"three arguments: data, at, depth"));
        };
        let (classes, data, at, depth) = (state.classes()?, data.bytes()?, at.size()?, depth.size()?);
        let made = Mapping::new()?;
        let Some(b"<<") = data.get(at..).and_then(|rest| rest.get(..2)) else {
            return Err(Stop::Unclean);
        };
        let mut at = skip(data, at + 2);
        while data.get(at) == Some(&b'/') {
            let end = at + 1 + run(data, at + 1, REGULAR);
            let key = classes.names.get(&data[at + 1..end])?;
            let start = skip(data, end);
            let (_, end) = value(classes, data, start, depth, true)?;
            let span = ffi::tuple([ffi::size(start)?, ffi::size(end)?])?;
            made.set(key.borrow(), span.borrow())?;
            at = skip(data, end);
        }
        Ok(made.into_object())
    }
}
