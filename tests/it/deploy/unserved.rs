//! Records whose kinds are no longer served, on which Helm gets stuck (fact 17).

use super::ship::{Hand, Ship};
use crate::controlplane;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollbook::release::Record;
use rollbook::sensitive::Sensitive;

const OLD: &str = "---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata:
  name: shop
---
apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
";

/// The same object, as the cluster serves it after its upgrade.
const SERVED: &str = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
  labels: {app.kubernetes.io/managed-by: Helm}
  annotations: {meta.helm.sh/release-name: shop, meta.helm.sh/release-namespace: NAMESPACE}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: other}
  maxReplicas: 2
";

/// Writes old kinds into the manifest of revision 1.
fn age(ship: &Ship) {
    let secret = "sh.helm.release.v1.shop.v1";
    let stored = ship.kubectl(&["get", "secret", secret, "-o", "jsonpath={.data.release}"]);
    let mut record = Record::decode(&stored).unwrap();
    let manifest = format!("{}{OLD}", record.manifest.reveal());
    record.manifest = Sensitive::new(manifest.into());
    let data = STANDARD.encode(record.encode());
    let patch = format!(r#"{{"data": {{"release": "{data}"}}}}"#);
    ship.kubectl(&["patch", "secret", secret, "--type=merge", "-p", &patch]);
    let served = SERVED.replace("NAMESPACE", &ship.namespace);
    ship.plane
        .kubectl_with(&["apply", "-n", &ship.namespace, "-f", "-"], &served);
}

#[test]
fn are_no_obstacle() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let ship = Ship::new(plane, "old", "parts");
    ship.helm(Hand::Helm4, &ship.call("install", &[])).done();
    age(&ship);
    let stuck = ship.helm(Hand::Helm4, &ship.call("upgrade", &[]));
    assert!(stuck.err.contains("PodSecurityPolicy"), "{}", stuck.err);
    ship.apply("wait: false, values: {message: bye}").done();
    // What the old version tells of is found at the served one.
    assert_eq!(ship.names("hpa"), "");
    ship.helm(Hand::Helm4, &ship.call("upgrade", &[])).done();
    ship.helm(Hand::Helm3, &ship.call("upgrade", &[])).done();
}
