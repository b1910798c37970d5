//! The release's name where the user gives a template of one (`--name-template`).

use crate::Host;
use crate::sprig;
use crate::template::{Context, Error, TemplateSet};
use crate::value::Value;

/// The name under which Helm parses it.
const NAME: &str = "name-template";

/// What the template makes; it has sprig's functions and no data.
pub fn name_of_template(template: &str, host: &dyn Host) -> Result<String, Error> {
    let set = TemplateSet::parse([(NAME, template)], sprig::chapters())?;
    let mut name = String::new();
    set.execute(NAME, &Value::Nil, &mut Context::new(host), &mut name)?;
    Ok(name)
}
