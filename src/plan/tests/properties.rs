//! Plans over random manifests.

use super::*;
use proptest::prelude::*;

fn manifest_text() -> impl Strategy<Value = String> {
    let data = proptest::collection::btree_map("[a-d]", "[0-9]{1,2}", 0..4);
    (data, 1..4u8, "[a-c]", any::<bool>()).prop_map(|(data, replicas, tag, service)| {
        let data: String = data.iter().map(|(k, v)| format!("  {k}: '{v}'\n")).collect();
        let mut text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{data}---\n");
        if service {
            text.push_str("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n---\n");
        }
        text + &WEB[WEB.rfind("---").unwrap() + 3..].replace("web:1", &format!("web:{tag}")).replace("replicas: 2", &format!("replicas: {replicas}"))
    })
}

proptest! {
    /// A plan that was applied leaves nothing to plan, and the way back leads to where it began.
    #[test]
    fn applied_plans_are_done(old in manifest_text(), new in manifest_text()) {
        let mut cluster = installed(&old);
        let before = cluster.live.clone();
        let options = Options::default();
        let plan = cluster.plan(&set(&new), &set(&old), &options).unwrap();
        cluster.apply(&plan);
        let again = cluster.plan(&set(&new), &set(&new), &options).unwrap();
        prop_assert!(again.changes.iter().all(|c| c.action == Action::Unchanged));
        let back = cluster.plan(&set(&old), &set(&new), &options).unwrap();
        cluster.apply(&back);
        for object in before.iter() {
            prop_assert_eq!(cluster.live.get(&object.id).map(|o| o.clear()), Some(object.clear()));
        }
        prop_assert_eq!(cluster.live.len(), before.len());
    }

    /// Asked or not, the prediction is the same.
    #[test]
    fn local_and_asked_plans_agree(old in manifest_text(), new in manifest_text()) {
        let cluster = installed(&old);
        let local = Options { predict: Predict::Local("test".into()), ..Options::default() };
        let asked = cluster.plan(&set(&new), &set(&old), &Options::default()).unwrap();
        let local = cluster.plan(&set(&new), &set(&old), &local).unwrap();
        let results = |plan: &ReleasePlan| -> Vec<_> {
            plan.changes.iter().map(|c| (c.action, c.id.clone(), c.result.clone())).collect()
        };
        prop_assert_eq!(results(&asked), results(&local));
    }
}
