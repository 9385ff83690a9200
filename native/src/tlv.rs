//! The values inside one BER value: `evidence/cms/tlv.py`, for what is written as DER would.

#![forbid(unsafe_code)]

use std::ffi::CStr;

use crate::State;
use crate::ffi::{self, Answer, Borrowed, Function, Object, Stop, TupleClass};

/// `setup_elements(Element)`: takes the class of what is found, and says True.
pub struct SetupElements;

impl Function for SetupElements {
    const NAME: &'static CStr = c"setup_elements";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[element] = arguments else {
            return Err(ffi::type_error(c"one argument: Element"));
        };
        state.element.set(TupleClass::new(element)?).map_err(|_| Stop::Unclean)?;
        Ok(ffi::boolean(true))
    }
}

/// `children(buffer, at, end, room, limit)`: the values that stand there, one after the other: at
/// most `limit`, each with one octet of tag and its length in the shortest form, below 64 KiB.
pub struct Children;

impl Function for Children {
    const NAME: &'static CStr = c"children";
    type State = State;

    fn call(state: &State, arguments: &[Borrowed<'_>]) -> Answer<Object> {
        let &[buffer, at, end, room, limit] = arguments else {
            return Err(ffi::type_error(c"five arguments: buffer, at, end, room, limit"));
        };
        let class = state.element.get().ok_or(Stop::Unclean)?;
        let (data, limit) = (buffer.bytes()?, limit.size()?);
        let data = data.get(..end.size()?).ok_or(Stop::Unclean)?;
        let (mut place, mut at, mut found) = (at.own(), at.size()?, Vec::new());
        let (buffer, room, ber) = (buffer.own(), room.own(), ffi::boolean(false));
        while at < data.len() {
            let (start, size) = header(data, at)?;
            let stop = start + size;
            if stop > data.len() || found.len() >= limit {
                return Err(Stop::Unclean);
            }
            let (tag, behind) = (ffi::int(data[at].into())?, ffi::size(stop)?);
            let before = std::mem::replace(&mut place, behind.clone());
            let parts = [tag, buffer.clone(), before, ffi::size(start)?, behind, room.clone(), ber.clone()];
            found.push(class.make(parts)?);
            at = stop;
        }
        ffi::list(found.into_iter())
    }
}

/// Where the content starts of the value at `at`, and how long it is.
fn header(data: &[u8], at: usize) -> Answer<(usize, usize)> {
    match data[at..] {
        [tag, ..] if tag & 0x1F == 0x1F => Err(Stop::Unclean),
        [_, size @ 0..=0x7F, ..] => Ok((at + 2, size.into())),
        [_, 0x81, size @ 0x80..=0xFF, ..] => Ok((at + 3, size.into())),
        [_, 0x82, high @ 1..=0xFF, low, ..] => Ok((at + 4, usize::from(high) << 8 | usize::from(low))),
        _ => Err(Stop::Unclean),
    }
}
