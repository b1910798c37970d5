//! What the tests of the template engine share: a host and a few functions.

use helm::Host;
use helm::template::{Function, Param, chart_message};
use helm::value::{Dict, List, ListKind, Map, MapKind, Value};

/// A world without randomness or a cluster, at a time that never changes.
pub struct StillHost;

impl Host for StillHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

/// Runs `body` on a thread with the stack that renders need.
pub fn on_large_stack<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(16 << 20)
            .spawn_scoped(scope, body)
            .expect("a thread");
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Those functions of sprig and Helm that the cases use.
pub fn functions() -> &'static [Function] {
    FUNCTIONS
}

const fn function(
    name: &'static str,
    params: &'static [Param],
    variadic: bool,
    call: fn(&mut helm::template::Call<'_>, &[Value]) -> Result<Value, String>,
) -> Function {
    Function {
        name,
        params,
        variadic,
        call,
    }
}

static FUNCTIONS: &[Function] = &[
    function("toJson", &[Param::Any], false, |_, args| to_json(&args[0])),
    function("list", &[Param::Any], true, |_, args| {
        Ok(args.to_vec().into())
    }),
    function("dict", &[Param::Any], true, |_, args| Ok(dict(args))),
    function(
        "set",
        &[Param::Map, Param::Str, Param::Any],
        false,
        |_, args| set(args),
    ),
    function("upper", &[Param::Str], false, |_, args| {
        Ok(args[0].strval().to_uppercase().into())
    }),
    function("trunc", &[Param::Int, Param::Str], false, |_, args| {
        let Value::Int(count) = args[0] else {
            return Err("no int".into());
        };
        let count = usize::try_from(count).map_err(|error| error.to_string())?;
        Ok(args[1]
            .strval()
            .chars()
            .take(count)
            .collect::<String>()
            .into())
    }),
    function("int", &[Param::Any], false, |_, args| {
        Ok(Value::Int(int(&args[0])))
    }),
    function("int64", &[Param::Any], false, |_, args| {
        Ok(Value::Int64(int(&args[0])))
    }),
    function("until", &[Param::Int], false, |_, args| {
        let items = (0..int(&args[0])).map(Value::Int).collect();
        Ok(Value::List(List::of(ListKind::Int, items)))
    }),
    function(
        "ternary",
        &[Param::Any, Param::Any, Param::Bool],
        false,
        |_, args| Ok(args[if args[2].truth() { 0 } else { 1 }].clone()),
    ),
    function("split", &[Param::Str, Param::Str], false, |_, args| {
        let (sep, text) = (args[0].strval(), args[1].strval());
        let parts = text.split(&sep).enumerate();
        let map = Map::new(
            parts
                .map(|(at, part)| (format!("_{at}").into(), part.into()))
                .collect(),
        );
        Ok(Value::Map(Map {
            kind: MapKind::Str,
            entries: map.entries.clone(),
        }))
    }),
    function("splitList", &[Param::Str, Param::Str], false, |_, args| {
        let (sep, text) = (args[0].strval(), args[1].strval());
        Ok(Value::List(List::of(
            ListKind::Str,
            text.split(&sep).map(Value::from).collect(),
        )))
    }),
    function("sortAlpha", &[Param::Any], false, |_, args| {
        Ok(args[0].clone())
    }),
    function(
        "b64enc",
        &[Param::Str],
        false,
        |_, args| Ok(args[0].clone()),
    ),
    function("default", &[Param::Any, Param::Any], true, |_, args| {
        Ok(args[if args[1].is_empty() { 0 } else { 1 }].clone())
    }),
    function("fail", &[Param::Str], false, |_, args| {
        Err(chart_message(&args[0].strval()))
    }),
    function(
        "required",
        &[Param::Str, Param::Any],
        false,
        |_, args| match args[1].is_nil() || args[1].as_str() == Some("") {
            true => Err(chart_message(&args[0].strval())),
            false => Ok(args[1].clone()),
        },
    ),
];

fn to_json(value: &Value) -> Result<Value, String> {
    Ok(value.to_json()?.to_string().replace('<', "\\u003c").into())
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Float(number) => *number as i64,
        other => other.strval().parse().unwrap_or(0),
    }
}

fn dict(args: &[Value]) -> Value {
    let pairs = args.chunks(2).map(|pair| {
        let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
        (pair[0].strval().into(), value)
    });
    pairs.collect::<Dict>().into()
}

fn set(args: &[Value]) -> Result<Value, String> {
    let Value::Map(map) = &args[0] else {
        return Err("assignment to entry in nil map".into());
    };
    map.set(&args[1].strval(), args[2].clone());
    Ok(args[0].clone())
}
