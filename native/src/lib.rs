//! The busiest parts of sigcheck's PDF reader (`sigcheck.evidence.native`), optional.
//!
//! One rule keeps this small and equal to the Python it stands in for: only what is clean is
//! handled. At anything unusual a function returns None, and the Python code does the work from
//! the start (docs/adr/0010).

mod content;
mod ffi;
mod graph;
mod indirect;
mod lexer;
mod scan;
mod tlv;
mod xref;

use ffi::{Answer, Method, Module, Stop};
use std::cell::OnceCell;
use std::ffi::{CStr, c_long};

/// Counted up with every change of what a function takes or returns: `native.py` wants this one.
const INTERFACE: c_long = 8;

/// What the functions share.
#[derive(Default)]
pub struct State {
    classes: OnceCell<lexer::Classes>,
    entries: OnceCell<xref::Entries>,
    kinds: OnceCell<graph::Kinds>,
    element: OnceCell<ffi::TupleClass>,
}

impl State {
    /// What values are built of; before `setup`, nothing is handled.
    fn classes(&self) -> Answer<&lexer::Classes> {
        self.classes.get().ok_or(Stop::Unclean)
    }

    /// What cross-reference entries are built of.
    fn entries(&self) -> Answer<&xref::Entries> {
        self.entries.get().ok_or(Stop::Unclean)
    }

    /// What references are told by.
    fn kinds(&self) -> Answer<&graph::Kinds> {
        self.kinds.get().ok_or(Stop::Unclean)
    }
}

struct Native;

impl Module for Native {
    const NAME: &'static CStr = c"sigcheck_native";
    const INTERFACE: c_long = INTERFACE;
    type State = State;

    fn methods() -> Vec<Method<State>> {
        vec![
            ffi::method::<content::Follow>(),
            ffi::method::<graph::SetupGraph>(),
            ffi::method::<graph::References>(),
            ffi::method::<graph::Same>(),
            ffi::method::<graph::Differing>(),
            ffi::method::<graph::Foreshadowing>(),
            ffi::method::<lexer::Setup>(),
            ffi::method::<lexer::ParseValue>(),
            ffi::method::<lexer::LiteralString>(),
            ffi::method::<lexer::ValueSpans>(),
            ffi::method::<indirect::ReadObject>(),
            ffi::method::<indirect::StreamEnd>(),
            ffi::method::<scan::Places>(),
            ffi::method::<scan::SignatureTraces>(),
            ffi::method::<tlv::SetupElements>(),
            ffi::method::<tlv::Children>(),
            ffi::method::<xref::SetupEntries>(),
            ffi::method::<xref::TableSection>(),
            ffi::method::<xref::StreamRows>(),
            ffi::method::<xref::UndoPng>(),
        ]
    }
}

/// The one name Python looks for in the library.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
pub extern "C" fn PyInit_sigcheck_native() -> *mut ffi::PyObject {
    ffi::define::<Native>()
}
