//! The order of apply and of delete: Helm's.

use super::Object;

/// Sorts into install order; equal kinds keep their order.
pub fn install_order<O: AsRef<Object>>(objects: &mut [O]) {
    objects.sort_by(|a, b| installed(a.as_ref()).cmp(&installed(b.as_ref())));
}

/// Sorts into uninstall order; equal kinds keep their order.
pub fn uninstall_order<O: AsRef<Object>>(objects: &mut [O]) {
    objects.sort_by(|a, b| uninstalled(a.as_ref()).cmp(&uninstalled(b.as_ref())));
}

fn installed(object: &Object) -> (usize, &str) {
    helm::engine::install_rank(&object.id.kind, true)
}

fn uninstalled(object: &Object) -> (usize, &str) {
    helm::engine::uninstall_rank(&object.id.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{parse, schema::Schema};
    use std::sync::Arc;

    fn sorted(kinds: &[&str], sort: fn(&mut [Arc<Object>])) -> String {
        let text =
            |kind: &&str| format!("---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n");
        let text: String = kinds.iter().map(text).collect();
        let objects = parse(&text, "n", &Schema::default()).unwrap();
        let mut objects: Vec<Arc<Object>> = objects.into_iter().map(Arc::new).collect();
        sort(&mut objects);
        let kinds: Vec<&str> = objects.iter().map(|o| &*o.id.kind).collect();
        kinds.join(" ")
    }

    #[test]
    fn helms_orders() {
        let kinds = [
            "Zebra",
            "Ingress",
            "Deployment",
            "Apple",
            "Service",
            "Secret",
            "Namespace",
        ];
        assert_eq!(
            sorted(&kinds, install_order),
            "Namespace Secret Service Deployment Ingress Apple Zebra"
        );
        assert_eq!(
            sorted(&kinds, uninstall_order),
            "Ingress Service Deployment Secret Namespace Apple Zebra"
        );
    }
}
