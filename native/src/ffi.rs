//! The little of Python's stable ABI (3.11) that is used, and safe types around it.
//!
//! All unsafe code of this library is here. What is called may only be called while Python's lock
//! is held: everything starts in a function that Python calls, and no type here can leave its thread.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_double, c_int, c_long, c_longlong, c_void};
use std::marker::PhantomData;
use std::mem::size_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{NonNull, null, null_mut};

/// Any Python object; never looked into.
#[repr(C)]
pub struct PyObject {
    _opaque: [u8; 0],
}
type Raw = *mut PyObject;

type FastCall = unsafe extern "C" fn(Raw, *const Raw, isize) -> Raw;
type NewFunction = unsafe extern "C" fn(Raw, Raw, Raw) -> Raw;
type SetFunction = unsafe extern "C" fn(Raw, Raw, Raw) -> c_int;

#[repr(C)]
struct MethodDef {
    name: *const c_char,
    call: Option<FastCall>,
    flags: c_int,
    doc: *const c_char,
}

#[repr(C)]
struct Slot {
    id: c_int,
    value: *mut c_void,
}

#[repr(C)]
struct ModuleDef {
    refcount: isize,
    kind: Raw,
    init: *mut c_void,
    index: isize,
    copy: Raw,
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *mut MethodDef,
    slots: *mut Slot,
    traverse: *mut c_void,
    clear: *mut c_void,
    free: Option<unsafe extern "C" fn(*mut c_void)>,
}

const METH_FASTCALL: c_int = 0x80;
const PY_EQ: c_int = 2;
const PY_MOD_EXEC: c_int = 2;
const PY_TP_DESCR_SET: c_int = 55;
const PY_TP_NEW: c_int = 65;

unsafe extern "C" {
    static mut _Py_NoneStruct: PyObject;
    static mut _Py_TrueStruct: PyObject;
    static mut _Py_FalseStruct: PyObject;
    static mut PyBytes_Type: PyObject;
    static mut PyDict_Type: PyObject;
    static mut PyList_Type: PyObject;
    static mut PyTuple_Type: PyObject;
    static mut PyType_Type: PyObject;
    static PyExc_RuntimeError: Raw;
    static PyExc_TypeError: Raw;

    fn PyBytes_AsStringAndSize(object: Raw, data: *mut *mut c_char, size: *mut isize) -> c_int;
    fn PyBytes_FromStringAndSize(data: *const c_char, size: isize) -> Raw;
    fn PyDict_GetItemWithError(dict: Raw, key: Raw) -> Raw;
    fn PyDict_New() -> Raw;
    fn PyDict_Next(dict: Raw, place: *mut isize, key: *mut Raw, value: *mut Raw) -> c_int;
    fn PyDict_SetItem(dict: Raw, key: Raw, value: Raw) -> c_int;
    fn PyDict_Size(dict: Raw) -> isize;
    fn PyErr_Clear();
    fn PyErr_Occurred() -> Raw;
    fn PyErr_SetString(kind: Raw, text: *const c_char);
    fn PyFloat_AsDouble(object: Raw) -> c_double;
    fn PyFloat_FromDouble(value: c_double) -> Raw;
    fn PyList_GetItem(list: Raw, index: isize) -> Raw;
    fn PyList_New(size: isize) -> Raw;
    fn PyList_SetItem(list: Raw, index: isize, item: Raw) -> c_int;
    fn PyList_Size(list: Raw) -> isize;
    fn PyLong_AsLongLong(object: Raw) -> c_longlong;
    fn PyLong_FromLongLong(value: c_longlong) -> Raw;
    fn PyModuleDef_Init(definition: *mut ModuleDef) -> Raw;
    fn PyModule_AddIntConstant(module: Raw, name: *const c_char, value: c_long) -> c_int;
    fn PyModule_GetState(module: Raw) -> *mut c_void;
    fn PyObject_Call(callable: Raw, arguments: Raw, keywords: Raw) -> Raw;
    fn PyObject_GetAttrString(object: Raw, name: *const c_char) -> Raw;
    fn PyObject_IsInstance(object: Raw, class: Raw) -> c_int;
    fn PyObject_IsTrue(object: Raw) -> c_int;
    fn PyObject_RichCompareBool(one: Raw, other: Raw, operator: c_int) -> c_int;
    fn PyObject_Type(object: Raw) -> Raw;
    fn PyTuple_GetItem(tuple: Raw, index: isize) -> Raw;
    fn PyTuple_New(size: isize) -> Raw;
    fn PyTuple_SetItem(tuple: Raw, index: isize, item: Raw) -> c_int;
    fn PyType_GenericAlloc(class: Raw, items: isize) -> Raw;
    fn PyType_GetSlot(class: Raw, slot: c_int) -> *mut c_void;
    fn PyType_IsSubtype(class: Raw, base: Raw) -> c_int;
    fn Py_DecRef(object: Raw);
    fn Py_IncRef(object: Raw);
}

/// Why a function gives no result.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something unusual: it returns None, and Python's own code does the work from the start.
    Unclean,
    /// Python has raised an exception, which goes to the caller.
    Raised,
}

pub type Answer<T> = Result<T, Stop>;

/// A reference of our own to an object; given back when dropped.
pub struct Object(NonNull<PyObject>);

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: the reference is ours and given back once.
        unsafe { Py_DecRef(self.0.as_ptr()) }
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        self.borrow().own()
    }
}

/// An object somebody else keeps alive for `'a`: an argument, or what an `Object` refers to.
#[derive(Clone, Copy)]
pub struct Borrowed<'a>(NonNull<PyObject>, PhantomData<&'a PyObject>);

fn owned(raw: Raw) -> Answer<Object> {
    NonNull::new(raw).map(Object).ok_or(Stop::Raised)
}

fn done(code: c_int) -> Answer<()> {
    if code < 0 { Err(Stop::Raised) } else { Ok(()) }
}

/// Raise a TypeError.
pub fn type_error(text: &CStr) -> Stop {
    // SAFETY: the exception is one of Python's own, the text ends with a zero.
    unsafe { PyErr_SetString(PyExc_TypeError, text.as_ptr()) };
    Stop::Raised
}

impl<'a> Borrowed<'a> {
    pub fn own(self) -> Object {
        // SAFETY: whoever lent the object keeps it alive meanwhile.
        unsafe { Py_IncRef(self.0.as_ptr()) };
        Object(self.0)
    }

    /// The content of a `bytes`; anything else (a mapped file, a bytearray) may change under us.
    pub fn bytes(self) -> Answer<&'a [u8]> {
        let (mut data, mut size) = (null_mut(), 0);
        // SAFETY: both places may be written; an object of another type makes an error.
        if unsafe { PyBytes_AsStringAndSize(self.0.as_ptr(), &raw mut data, &raw mut size) } < 0 {
            // SAFETY: takes no argument.
            unsafe { PyErr_Clear() };
            return Err(Stop::Unclean);
        }
        let size = usize::try_from(size).map_err(|_| Stop::Unclean)?;
        // SAFETY: a `bytes` never changes, and lives as long as the reference `'a` was lent from.
        Ok(unsafe { std::slice::from_raw_parts(data.cast(), size) })
    }

    /// An int; one beyond 64 bits is unusual.
    pub fn int(self) -> Answer<i64> {
        // SAFETY: any object may be asked.
        let value = unsafe { PyLong_AsLongLong(self.0.as_ptr()) };
        // SAFETY: takes no argument.
        if value == -1 && !unsafe { PyErr_Occurred() }.is_null() {
            // SAFETY: takes no argument.
            unsafe { PyErr_Clear() };
            return Err(Stop::Unclean);
        }
        Ok(value)
    }

    /// The 64-bit integers that a `bytes` holds, as this machine writes them.
    pub fn integers(self) -> Answer<&'a [[u8; 8]]> {
        let (numbers, rest) = self.bytes()?.as_chunks::<8>();
        if rest.is_empty() { Ok(numbers) } else { Err(Stop::Unclean) }
    }

    /// An int that can be a place or a count.
    pub fn size(self) -> Answer<usize> {
        usize::try_from(self.int()?).map_err(|_| Stop::Unclean)
    }

    pub fn float(self) -> Answer<f64> {
        // SAFETY: any object may be asked.
        let value = unsafe { PyFloat_AsDouble(self.0.as_ptr()) };
        // SAFETY: takes no argument.
        if value == -1.0 && !unsafe { PyErr_Occurred() }.is_null() {
            return Err(Stop::Raised);
        }
        Ok(value)
    }

    /// An item of a tuple, which never changes.
    pub fn part(self, index: usize) -> Answer<Borrowed<'a>> {
        // SAFETY: anything but a tuple makes an error, and so does an index outside.
        let item = unsafe { PyTuple_GetItem(self.0.as_ptr(), index.cast_signed()) };
        NonNull::new(item).map(|item| Borrowed(item, PhantomData)).ok_or(Stop::Raised)
    }

    pub fn truth(self) -> Answer<bool> {
        // SAFETY: any object may be asked.
        let value = unsafe { PyObject_IsTrue(self.0.as_ptr()) };
        done(value).map(|()| value > 0)
    }

    /// How long a list is.
    pub fn length(self) -> Answer<usize> {
        // SAFETY: anything but a list makes an error.
        usize::try_from(unsafe { PyList_Size(self.0.as_ptr()) }).map_err(|_| Stop::Raised)
    }

    /// An item of a list.
    pub fn item(self, index: usize) -> Answer<Object> {
        // SAFETY: anything but a list makes an error, and so does an index outside.
        let item = unsafe { PyList_GetItem(self.0.as_ptr(), index.cast_signed()) };
        let item = NonNull::new(item).ok_or(Stop::Raised)?;
        Ok(Borrowed(item, PhantomData).own())
    }

    /// Every item of a list.
    pub fn each_item(self, mut take: impl FnMut(Object)) -> Answer<()> {
        for index in 0..self.length()? {
            take(self.item(index)?);
        }
        Ok(())
    }

    /// Every key and value of a dict, which must stay as it is meanwhile.
    pub fn each_pair(self, mut take: impl FnMut(Object, Object) -> Answer<()>) -> Answer<()> {
        let (mut place, mut key, mut value) = (0, null_mut(), null_mut());
        // SAFETY: any object may be asked.
        if unsafe { PyObject_IsInstance(self.0.as_ptr(), &raw mut PyDict_Type) } != 1 {
            return Err(Stop::Unclean);
        }
        // SAFETY: a dict.
        while unsafe { PyDict_Next(self.0.as_ptr(), &raw mut place, &raw mut key, &raw mut value) } != 0 {
            let (Some(key), Some(value)) = (NonNull::new(key), NonNull::new(value)) else {
                return Err(Stop::Raised);
            };
            take(Borrowed(key, PhantomData).own(), Borrowed(value, PhantomData).own())?;
        }
        Ok(())
    }

    /// How many keys a dict has.
    pub fn size_of_dict(self) -> Answer<usize> {
        // SAFETY: anything but a dict makes an error.
        usize::try_from(unsafe { PyDict_Size(self.0.as_ptr()) }).map_err(|_| Stop::Raised)
    }

    /// What a dict has under a key.
    pub fn under(self, key: Borrowed<'_>) -> Answer<Option<Object>> {
        // SAFETY: anything but a dict makes an error.
        let found = unsafe { PyDict_GetItemWithError(self.0.as_ptr(), key.0.as_ptr()) };
        // SAFETY: takes no argument.
        if found.is_null() && !unsafe { PyErr_Occurred() }.is_null() {
            return Err(Stop::Raised);
        }
        Ok(NonNull::new(found).map(|found| Borrowed(found, PhantomData).own()))
    }

    /// Whether Python has both for equal.
    pub fn equals(self, other: Borrowed<'_>) -> Answer<bool> {
        // SAFETY: any two objects may be asked.
        let equal = unsafe { PyObject_RichCompareBool(self.0.as_ptr(), other.0.as_ptr(), PY_EQ) };
        done(equal).map(|()| equal > 0)
    }

    pub fn attribute(self, name: &CStr) -> Answer<Object> {
        // SAFETY: any object may be asked, and the text ends with a zero.
        owned(unsafe { PyObject_GetAttrString(self.0.as_ptr(), name.as_ptr()) })
    }

    /// Its class.
    pub fn class(self) -> Answer<Object> {
        // SAFETY: any object has one.
        owned(unsafe { PyObject_Type(self.0.as_ptr()) })
    }

    /// Call it with one argument.
    pub fn call(self, argument: Object) -> Answer<Object> {
        let arguments = tuple([argument])?;
        // SAFETY: both objects live, and no keywords are allowed to be null.
        owned(unsafe { PyObject_Call(self.0.as_ptr(), arguments.0.as_ptr(), null_mut()) })
    }
}

impl Object {
    pub fn borrow(&self) -> Borrowed<'_> {
        Borrowed(self.0, PhantomData)
    }

    /// Whether both are the very same object.
    pub fn is(&self, other: &Object) -> bool {
        self.0 == other.0
    }

    fn give(self) -> Raw {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }
}

fn lasting(raw: Raw) -> Object {
    // SAFETY: one of Python's own objects, of which a reference may always be taken.
    unsafe { Py_IncRef(raw) };
    // SAFETY: the address of a static is not null.
    Object(unsafe { NonNull::new_unchecked(raw) })
}

pub fn none() -> Object {
    lasting(&raw mut _Py_NoneStruct)
}

pub fn list_class() -> Object {
    lasting(&raw mut PyList_Type)
}

pub fn boolean(value: bool) -> Object {
    lasting(if value { &raw mut _Py_TrueStruct } else { &raw mut _Py_FalseStruct })
}

pub fn int(value: i64) -> Answer<Object> {
    // SAFETY: any value makes an int.
    owned(unsafe { PyLong_FromLongLong(value) })
}

pub fn size(value: usize) -> Answer<Object> {
    int(i64::try_from(value).map_err(|_| Stop::Unclean)?)
}

/// A list of places or counts.
pub fn sizes(values: Vec<usize>) -> Answer<Object> {
    let made = values.into_iter().map(size).collect::<Answer<Vec<_>>>()?;
    list(made.into_iter())
}

pub fn float(value: f64) -> Answer<Object> {
    // SAFETY: any value makes a float.
    owned(unsafe { PyFloat_FromDouble(value) })
}

pub fn bytes(value: &[u8]) -> Answer<Object> {
    // SAFETY: a slice is never longer than isize::MAX, and is copied.
    owned(unsafe { PyBytes_FromStringAndSize(value.as_ptr().cast(), value.len().cast_signed()) })
}

pub fn tuple<const N: usize>(items: [Object; N]) -> Answer<Object> {
    // SAFETY: a small size.
    let made = owned(unsafe { PyTuple_New(N.cast_signed()) })?;
    fill(&made, items)?;
    Ok(made)
}

/// Fill a new tuple that nobody has seen.
fn fill<const N: usize>(made: &Object, items: [Object; N]) -> Answer<()> {
    for (index, item) in items.into_iter().enumerate() {
        // SAFETY: the tuple takes the reference, even where it refuses the item.
        done(unsafe { PyTuple_SetItem(made.0.as_ptr(), index.cast_signed(), item.give()) })?;
    }
    Ok(())
}

pub fn list(items: impl ExactSizeIterator<Item = Object>) -> Answer<Object> {
    let size = items.len();
    // SAFETY: no iterator over objects in memory is longer than isize::MAX.
    let made = owned(unsafe { PyList_New(size.cast_signed()) })?;
    for (index, item) in items.take(size).enumerate() {
        // SAFETY: the list takes the reference, even where it refuses the item.
        done(unsafe { PyList_SetItem(made.0.as_ptr(), index.cast_signed(), item.give()) })?;
    }
    Ok(made)
}

/// A `dict`, or an object of a class derived from it.
pub struct Mapping(Object);

impl Mapping {
    pub fn new() -> Answer<Self> {
        // SAFETY: takes no argument.
        owned(unsafe { PyDict_New() }).map(Self)
    }

    pub fn set(&self, key: Borrowed<'_>, value: Borrowed<'_>) -> Answer<()> {
        // SAFETY: a dict, and the dict takes references of its own.
        done(unsafe { PyDict_SetItem(self.0.0.as_ptr(), key.0.as_ptr(), value.0.as_ptr()) })
    }

    pub fn len(&self) -> usize {
        // SAFETY: a dict.
        usize::try_from(unsafe { PyDict_Size(self.0.0.as_ptr()) }).unwrap_or(0)
    }

    pub fn into_object(self) -> Object {
        self.0
    }
}

/// A class of Python's, derived from one of the built-in ones.
struct Class(Object);

impl Class {
    fn new(object: Borrowed<'_>, base: Raw) -> Answer<Self> {
        let raw = object.0.as_ptr();
        // SAFETY: any object may be asked; only a class is asked what it is derived from.
        let suits = unsafe {
            PyObject_IsInstance(raw, &raw mut PyType_Type) == 1 && PyType_IsSubtype(raw, base) == 1
        };
        if suits { Ok(Self(object.own())) } else { Err(type_error(c"not a class of that kind")) }
    }
}

/// A class derived from `tuple` that adds nothing but names: a NamedTuple.
pub struct TupleClass(Class);

impl TupleClass {
    pub fn new(class: Borrowed<'_>) -> Answer<Self> {
        Class::new(class, &raw mut PyTuple_Type).map(Self)
    }

    /// Make one without asking the class's own constructor, as `tuple.__new__` does.
    pub fn make<const N: usize>(&self, items: [Object; N]) -> Answer<Object> {
        // SAFETY: a class derived from tuple, made as tuple's own constructor makes its objects.
        let made = owned(unsafe { PyType_GenericAlloc(self.0.0.0.as_ptr(), N.cast_signed()) })?;
        fill(&made, items)?;
        Ok(made)
    }
}

/// A class derived from `bytes`, without a constructor of its own.
pub struct BytesClass(Class, NewFunction);

impl BytesClass {
    pub fn new(class: Borrowed<'_>) -> Answer<Self> {
        let class = Class::new(class, &raw mut PyBytes_Type)?;
        Ok(Self(class, constructor(&raw mut PyBytes_Type)?))
    }

    pub fn make(&self, value: &[u8]) -> Answer<Object> {
        let arguments = tuple([bytes(value)?])?;
        // SAFETY: bytes' own constructor, called with a class derived from it.
        owned(unsafe { self.1(self.0.0.0.as_ptr(), arguments.0.as_ptr(), null_mut()) })
    }
}

/// A class derived from `dict`, made without its constructor.
pub struct DictClass(Class, NewFunction, Object);

impl DictClass {
    pub fn new(class: Borrowed<'_>) -> Answer<Self> {
        let class = Class::new(class, &raw mut PyDict_Type)?;
        Ok(Self(class, constructor(&raw mut PyDict_Type)?, tuple([])?))
    }

    pub fn make(&self) -> Answer<Mapping> {
        // SAFETY: dict's own constructor, called with a class derived from it.
        owned(unsafe { self.1(self.0.0.0.as_ptr(), self.2.0.as_ptr(), null_mut()) }).map(Mapping)
    }

    /// The slot (`__slots__`) of that name.
    pub fn slot(&self, name: &CStr) -> Answer<Member> {
        // SAFETY: a class, and a text that ends with a zero.
        let slot = owned(unsafe { PyObject_GetAttrString(self.0.0.0.as_ptr(), name.as_ptr()) })?;
        // SAFETY: any object has a type.
        let kind = owned(unsafe { PyObject_Type(slot.0.as_ptr()) })?;
        // SAFETY: asked of a class, for a slot all classes have.
        let set = unsafe { PyType_GetSlot(kind.0.as_ptr(), PY_TP_DESCR_SET) };
        if set.is_null() {
            return Err(type_error(c"not a slot"));
        }
        // SAFETY: what stands in that slot is a function of that type, or nothing.
        Ok(Member(slot, unsafe { std::mem::transmute::<*mut c_void, SetFunction>(set) }))
    }
}

fn constructor(class: Raw) -> Answer<NewFunction> {
    // SAFETY: asked of a class of Python's own, for a slot all classes have.
    let new = unsafe { PyType_GetSlot(class, PY_TP_NEW) };
    if new.is_null() {
        return Err(type_error(c"no constructor"));
    }
    // SAFETY: what stands in that slot is a function of that type, or nothing.
    Ok(unsafe { std::mem::transmute::<*mut c_void, NewFunction>(new) })
}

/// A slot of a class, and how it is filled.
pub struct Member(Object, SetFunction);

impl Member {
    pub fn set(&self, of: &Mapping, value: Borrowed<'_>) -> Answer<()> {
        // SAFETY: the descriptor itself refuses an object of another class.
        done(unsafe { self.1(self.0.0.as_ptr(), of.0.0.as_ptr(), value.0.as_ptr()) })
    }
}

/// A function Python can call; a type of its own, so that there is an entry for each.
pub trait Function {
    const NAME: &'static CStr;
    type State: Default + 'static;

    fn call(state: &Self::State, arguments: &[Borrowed<'_>]) -> Answer<Object>;
}

/// The entry from Python: catches panics, and says None where the function has given up.
unsafe extern "C" fn entry<F: Function>(module: Raw, arguments: *const Raw, count: isize) -> Raw {
    // SAFETY: Python calls with the module these methods were defined for.
    let state = unsafe { state::<F::State>(module) };
    let count = usize::try_from(count).unwrap_or(0);
    let arguments: &[Borrowed<'_>] = if count == 0 {
        &[]
    } else {
        // SAFETY: Python passes that many objects, none of them null, and keeps them during the call;
        // `Borrowed` is a pointer and nothing else.
        unsafe { std::slice::from_raw_parts(arguments.cast(), count) }
    };
    let Some(state) = state else { return null_mut() };
    match catch_unwind(AssertUnwindSafe(|| F::call(state, arguments))) {
        Ok(Ok(made)) => made.give(),
        Ok(Err(Stop::Unclean)) => none().give(),
        Ok(Err(Stop::Raised)) => null_mut(),
        Err(_) => {
            // SAFETY: the exception is one of Python's own, the text ends with a zero.
            unsafe { PyErr_SetString(PyExc_RuntimeError, c"panic in sigcheck_native".as_ptr()) };
            null_mut()
        }
    }
}

/// The module's state. It is lent shared: what is called may call Python, and Python us.
unsafe fn state<'a, S: Default + 'static>(module: Raw) -> Option<&'a S> {
    // SAFETY: the module's memory was asked for with the size of a pointer, and zeroed.
    let place = unsafe { PyModule_GetState(module) }.cast::<*mut S>();
    // SAFETY: null, or what `execute` put there, which lives as long as the module.
    unsafe { place.as_ref()?.as_ref() }
}

/// What Python runs when it imports the module.
unsafe extern "C" fn execute<M: Module>(module: Raw) -> c_int {
    // SAFETY: as in `state`.
    let place = unsafe { PyModule_GetState(module) }.cast::<*mut M::State>();
    let made = catch_unwind(|| Box::into_raw(Box::<M::State>::default()));
    let (false, Ok(made)) = (place.is_null(), made) else { return -1 };
    // SAFETY: the place is the module's own, and empty.
    unsafe { *place = made };
    // SAFETY: a module, and a text that ends with a zero.
    unsafe { PyModule_AddIntConstant(module, c"INTERFACE".as_ptr(), M::INTERFACE) }
}

unsafe extern "C" fn release<M: Module>(module: *mut c_void) {
    // SAFETY: as in `state`.
    let place = unsafe { PyModule_GetState(module.cast()) }.cast::<*mut M::State>();
    // SAFETY: null where the module was never executed.
    if let Some(kept) = unsafe { place.as_mut() }.filter(|kept| !kept.is_null()) {
        // SAFETY: made by `execute`, and the module that is going was the only one to know it.
        drop(unsafe { Box::from_raw(std::mem::replace(kept, null_mut())) });
    }
}

/// A module: its functions and the state they share.
pub trait Module {
    const NAME: &'static CStr;
    const INTERFACE: c_long;
    type State: Default + 'static;

    fn methods() -> Vec<Method<Self::State>>;
}

/// A function's row in the module's table.
pub struct Method<S>(MethodDef, PhantomData<S>);

pub fn method<F: Function>() -> Method<F::State> {
    let (name, flags) = (F::NAME.as_ptr(), METH_FASTCALL);
    Method(MethodDef { name, call: Some(entry::<F>), flags, doc: null() }, PhantomData)
}

/// Define the module; what Python's import calls.
pub fn define<M: Module>() -> *mut PyObject {
    let mut methods: Vec<MethodDef> = M::methods().into_iter().map(|method| method.0).collect();
    methods.push(MethodDef { name: null(), call: None, flags: 0, doc: null() });
    let executed = execute::<M> as unsafe extern "C" fn(Raw) -> c_int;
    let slots =
        vec![Slot { id: PY_MOD_EXEC, value: executed as *mut c_void }, Slot { id: 0, value: null_mut() }];
    // Python keeps the definition for as long as the process lives.
    let definition = Box::leak(Box::new(ModuleDef {
        refcount: 1,
        kind: null_mut(),
        init: null_mut(),
        index: 0,
        copy: null_mut(),
        name: M::NAME.as_ptr(),
        doc: null(),
        size: size_of::<*mut c_void>().cast_signed(),
        methods: methods.leak().as_mut_ptr(),
        slots: slots.leak().as_mut_ptr(),
        traverse: null_mut(),
        clear: null_mut(),
        free: Some(release::<M>),
    }));
    // SAFETY: a definition as the ABI has it, all of it lasting.
    unsafe { PyModuleDef_Init(definition) }
}
