//! Where we are: cluster, inventory, chart, reason.

use super::super::look::{Look, paint, style};
use crate::plan::{ChartRef, Identity, Operation, Plan, ReleasePlan};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The header: a screen from which a write can follow begins with the cluster.
pub fn header(plan: &Plan, look: &Look) -> String {
    let mut text = headline(plan, look);
    for cluster in clusters(plan) {
        text.push_str(&row("cluster", &cluster_line(cluster)));
    }
    text.push_str(&row("inventory", &inventory_line(plan)));
    for (chart, targets) in charts(plan) {
        text.push_str(&row("chart", &chart_line(&chart, targets, plan)));
    }
    if let Some(reason) = &plan.reason {
        text.push_str(&row("reason", reason));
    }
    text.push('\n');
    text
}

fn row(word: &str, content: &str) -> String {
    format!("  {word:<10} {content}\n")
}

fn headline(plan: &Plan, look: &Look) -> String {
    let verb = match plan.operation {
        Operation::Update => "PLAN",
        Operation::Backout => "BACKOUT",
    };
    let left = format!("{verb} {}", plan.title);
    let right = versions(plan).unwrap_or_default();
    let gap = look
        .width
        .saturating_sub(left.chars().count() + right.chars().count())
        .max(3);
    format!(
        "{left}{}{right}\n",
        " ".repeat(if right.is_empty() { 0 } else { gap })
    )
}

/// `smarterp 12.1.2310 → 12.1.2410`: the most frequent change of version.
fn versions(plan: &Plan) -> Option<String> {
    let mut counts: BTreeMap<(Arc<str>, String, Arc<str>), usize> = BTreeMap::new();
    for release in plan
        .targets
        .iter()
        .filter_map(|target| target.release.as_ref())
    {
        if let (Some(from), Some(to)) = (&release.from, &release.to)
            && from.version != to.version
        {
            let key = (
                to.name.clone(),
                from.version.to_string(),
                to.version.clone(),
            );
            *counts.entry(key).or_default() += 1;
        }
    }
    let ((name, from, to), _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(format!("{name} {from} → {to}"))
}

fn clusters(plan: &Plan) -> Vec<&Arc<Identity>> {
    let mut seen: Vec<&Arc<Identity>> = Vec::new();
    for target in &plan.targets {
        // One that could not be opened has no server.
        if !target.cluster.server.is_empty() && !seen.contains(&&target.cluster) {
            seen.push(&target.cluster);
        }
    }
    seen
}

fn cluster_line(cluster: &Identity) -> String {
    let id: String = cluster.uid.chars().take(8).collect();
    let name = paint(style::BOLD, &cluster.name);
    format!("{name}   {}   id {id}", cluster.server)
}

fn inventory_line(plan: &Plan) -> String {
    let sources = plan.inventory.join(" ");
    let selected = plan
        .limit
        .as_deref()
        .map_or(String::new(), |limit| format!("{}: ", cut(limit)));
    let (some, all) = (plan.targets.len(), plan.inventory_targets);
    format!("{sources}   {selected}{some} of {all} targets")
}

/// A pattern that names many targets says no more than their count does.
fn cut(limit: &str) -> String {
    match limit.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &limit[..end]),
        None => limit.to_owned(),
    }
}

fn charts(plan: &Plan) -> Vec<(ChartRef, usize)> {
    let mut counts: BTreeMap<(Arc<str>, Arc<str>), (ChartRef, usize)> = BTreeMap::new();
    let wanted = |release: &ReleasePlan| release.to.clone();
    for chart in plan
        .targets
        .iter()
        .filter_map(|t| t.release.as_ref().and_then(wanted))
    {
        let key = (chart.name.clone(), chart.version.clone());
        counts.entry(key).or_insert((chart, 0)).1 += 1;
    }
    let mut charts: Vec<_> = counts.into_values().collect();
    charts.sort_by_key(|(_, targets)| std::cmp::Reverse(*targets));
    charts
}

fn chart_line(chart: &ChartRef, targets: usize, plan: &Plan) -> String {
    let digest = chart
        .digest
        .as_deref()
        .map_or(String::new(), |digest| format!("   {}", short(digest)));
    let share = if targets == plan.targets.len() {
        String::new()
    } else {
        format!("   {}", super::super::words::targets(targets))
    };
    format!("{}-{}{digest}{share}", chart.name, chart.version)
}

/// `sha256:` and the first eight digits.
fn short(digest: &str) -> &str {
    digest.get(..15).unwrap_or(digest)
}
