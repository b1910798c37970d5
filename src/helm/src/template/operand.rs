//! A value as the executor holds it. The main type here is [`Operand`].

use crate::value::Value;

/// A value and where it was found, which Go's `reflect.Value` also knows.
///
/// `nil` found in an interface (a missing key, a null) is not the same as no
/// value at all: a field of the first is an error, a field of the second is
/// silently nil.
#[derive(Clone, Default)]
pub(super) struct Operand {
    pub value: Value,
    pub place: Place,
}

/// Where an operand was found.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// A variable, a constant, the result of a pipeline: the value itself.
    #[default]
    Plain,
    /// An element of a map or list of `interface {}`.
    Interface,
    /// A field of a struct, which Go can take the address of.
    Field,
}

impl Operand {
    pub fn plain(value: Value) -> Operand {
        let place = Place::Plain;
        Operand { value, place }
    }

    pub fn interface(value: Value) -> Operand {
        let place = Place::Interface;
        Operand { value, place }
    }

    pub fn field(value: Value) -> Operand {
        let place = Place::Field;
        Operand { value, place }
    }

    /// The value out of its interface, as at the end of every pipeline.
    pub fn unwrapped(mut self) -> Operand {
        if self.place == Place::Interface {
            self.place = Place::Plain;
        }
        self
    }

    /// Go's zero `reflect.Value`.
    pub fn is_invalid(&self) -> bool {
        self.value.is_nil() && self.place != Place::Interface
    }

    /// A nil in an interface.
    pub fn is_nil_interface(&self) -> bool {
        self.value.is_nil() && self.place == Place::Interface
    }

    /// The static type, for messages.
    pub fn type_name(&self) -> &str {
        match self.place {
            Place::Interface => "interface {}",
            _ => self.value.type_name(),
        }
    }
}
