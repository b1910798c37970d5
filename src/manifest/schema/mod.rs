//! What the API types say of places in an object. The main types here are [`Schema`] and
//! [`Place`].
//!
//! List keys, sets, atomic values, defaults, quantities and base64 of the built-in kinds are in
//! one embedded table (`table.json`, made by `tests/controlplane/schema`); custom resources bring
//! theirs in their definition.

mod crd;

use super::Gvk;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

static BUILTIN: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the program; `the_table_is_read` keeps it readable.
    serde_json::from_str(include_str!("table.json")).unwrap_or_default()
});

static NOTHING: LazyLock<Field> = LazyLock::new(Field::default);

/// The type of a custom resource whose definition is not at hand.
static UNKNOWN: LazyLock<Field> = LazyLock::new(|| Field {
    of: Some("Unknown".into()),
    ..Field::default()
});

#[derive(Debug, Default, Deserialize)]
struct Table {
    namespaced: HashSet<String>,
    kinds: FxHashMap<String, Field>,
    types: Types,
}

type Types = FxHashMap<Arc<str>, FxHashMap<Arc<str>, Field>>;

/// One field of a type; the letters are those of the table's README.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Letters")]
struct Field {
    of: Option<Arc<str>>,
    keys: Vec<Arc<str>>,
    set: bool,
    atomic: bool,
    map: bool,
    quantity: bool,
    bytes: bool,
    zero_dropped: bool,
    default: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Letters {
    Type(Arc<str>),
    Field {
        t: Option<Arc<str>>,
        #[serde(default)]
        k: Vec<Arc<str>>,
        s: Option<u8>,
        a: Option<u8>,
        m: Option<u8>,
        q: Option<u8>,
        b: Option<u8>,
        z: Option<u8>,
        d: Option<Value>,
    },
}

impl From<Letters> for Field {
    fn from(letters: Letters) -> Field {
        match letters {
            Letters::Type(of) => Field {
                of: Some(of),
                ..Field::default()
            },
            Letters::Field {
                t,
                k,
                s,
                a,
                m,
                q,
                b,
                z,
                d,
            } => Field {
                of: t,
                keys: k,
                set: s.is_some(),
                atomic: a.is_some(),
                map: m.is_some(),
                quantity: q.is_some(),
                bytes: b.is_some(),
                zero_dropped: z.is_some(),
                default: d,
            },
        }
    }
}

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind<'s> {
    /// Replaced as a whole.
    Atomic,
    /// Items are merged by value.
    Set,
    /// Items are merged by these key fields.
    Keyed(&'s [Arc<str>]),
}

/// The types of all kinds: the built-in ones and those of custom resource definitions.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    custom: HashMap<Gvk, Arc<crd::Custom>>,
}

impl Schema {
    /// Learns the kinds of a `CustomResourceDefinition`.
    pub fn add_definition(&mut self, definition: &Value) {
        for (gvk, custom) in crd::kinds(definition) {
            self.custom.insert(gvk, Arc::new(custom));
        }
    }

    /// The root of an object of this kind.
    pub fn place(&self, gvk: &Gvk) -> Place<'_> {
        if let Some(custom) = self.custom.get(gvk) {
            return Place::root(&custom.types, &custom.root, false);
        }
        match BUILTIN.kinds.get(&kind_name(gvk)) {
            Some(root) => Place::root(&BUILTIN.types, root, true),
            None => Place::root(crd::metadata_alone(), &UNKNOWN, false),
        }
    }

    /// Whether objects of this kind live in a namespace; `None` where the kind is not known.
    pub fn namespaced(&self, gvk: &Gvk) -> Option<bool> {
        if let Some(custom) = self.custom.get(gvk) {
            return Some(custom.namespaced);
        }
        let name = kind_name(gvk);
        let known = BUILTIN.kinds.contains_key(&name);
        known.then(|| BUILTIN.namespaced.contains(&name))
    }
}

fn kind_name(gvk: &Gvk) -> String {
    format!("{}/{}", gvk.api_version(), gvk.kind)
}

/// A place in an object of a known or unknown type.
#[derive(Clone, Copy)]
pub struct Place<'s> {
    types: &'s Types,
    field: &'s Field,
    /// An item of the list, or a value of the map, that `field` is.
    element: bool,
    builtin: bool,
}

impl<'s> Place<'s> {
    fn root(types: &'s Types, field: &'s Field, builtin: bool) -> Place<'s> {
        Place {
            types,
            field,
            element: false,
            builtin,
        }
    }

    /// The place of a field below.
    pub fn field(self, name: &str) -> Place<'s> {
        if self.free_keys() {
            return self.item();
        }
        let fields = self.field.of.as_ref().and_then(|of| self.types.get(of));
        let field = fields.and_then(|fields| fields.get(name));
        let field = field.unwrap_or(&NOTHING);
        Place {
            field,
            element: false,
            // Of every kind, a custom one too.
            builtin: self.builtin || field.of.as_deref() == Some("ObjectMeta"),
            ..self
        }
    }

    /// The place of a list's items.
    pub fn item(self) -> Place<'s> {
        Place {
            element: true,
            ..self
        }
    }

    /// The type is one of Kubernetes' own, so absent and zero are the same.
    pub fn builtin(self) -> bool {
        self.builtin
    }

    /// How a list here is merged.
    pub fn list(self) -> ListKind<'s> {
        match self.field {
            _ if self.element => ListKind::Atomic,
            field if field.set => ListKind::Set,
            field if !field.keys.is_empty() => ListKind::Keyed(&field.keys),
            _ => ListKind::Atomic,
        }
    }

    /// A map here is replaced as a whole.
    pub fn atomic(self) -> bool {
        self.field.atomic && !self.element
    }

    /// A map here has free keys (labels, data), not the fields of a type.
    pub fn free_keys(self) -> bool {
        self.field.map && !self.element
    }

    /// The value here is a quantity (`1024Mi` equals `1Gi`).
    pub fn quantity(self) -> bool {
        self.field.quantity
    }

    /// The value here is base64.
    pub fn bytes(self) -> bool {
        self.field.bytes
    }

    /// The server leaves out a zero here.
    pub fn zero_dropped(self) -> bool {
        self.field.zero_dropped && !self.element
    }

    /// The default of the value here.
    pub fn default(self) -> Option<&'s Value> {
        self.field.default.as_ref().filter(|_| !self.element)
    }

    /// The fields below that have a default.
    pub fn defaults(self) -> impl Iterator<Item = (&'s str, &'s Value)> {
        let of = self.field.of.as_ref().filter(|_| !self.free_keys());
        let fields = of.and_then(|of| self.types.get(of));
        let default = |(name, field): (&'s Arc<str>, &'s Field)| {
            field.default.as_ref().map(|value| (&**name, value))
        };
        fields.into_iter().flatten().filter_map(default)
    }

    /// The name of the type here, or of its items: `PodSpec`, `apps.v1.DeploymentSpec`.
    pub fn type_name(self) -> &'s str {
        self.field.of.as_deref().unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let schema = Schema::default();
        let pod = schema.place(&Gvk::new("apps/v1", "Deployment"));
        let spec = pod.field("spec").field("template").field("spec");
        let ports = spec.field("containers").item().field("ports");
        assert_eq!(spec.type_name(), "PodSpec");
        let ListKind::Keyed(keys) = ports.list() else {
            panic!("ports are keyed")
        };
        assert_eq!(keys.join(" "), "containerPort protocol");
        assert_eq!(
            ports.item().field("protocol").default(),
            Some(&"TCP".into())
        );
        assert!(pod.field("spec").field("selector").atomic());
        let limits = spec
            .field("containers")
            .item()
            .field("resources")
            .field("limits");
        assert!(limits.field("cpu").quantity() && limits.free_keys());
        assert!(spec.field("hostNetwork").zero_dropped());
    }

    #[test]
    fn scopes_of_built_in_kinds() {
        let schema = Schema::default();
        let namespaced = |v: &str, k: &str| schema.namespaced(&Gvk::new(v, k));
        assert_eq!(namespaced("v1", "ConfigMap"), Some(true));
        assert_eq!(
            namespaced("rbac.authorization.k8s.io/v1", "ClusterRole"),
            Some(false)
        );
        assert_eq!(namespaced("example.net/v1", "Widget"), None);
    }
}
