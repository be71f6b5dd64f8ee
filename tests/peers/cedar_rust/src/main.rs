//! Decides the requests that cedar_workloads wrote to a folder with Rust Cedar, and prints the
//! median time of each workload in nanoseconds. Fails where it decides otherwise than we did.
use std::{collections::BTreeMap, env, fs, str::FromStr, time::Instant};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
};
use serde_json::Value;

const PASSES: usize = 20;

fn uid(json: &Value) -> EntityUid {
    let name = EntityTypeName::from_str(json["type"].as_str().expect("a type")).expect("a name");
    EntityUid::from_type_name_and_id(name, EntityId::new(json["id"].as_str().expect("an id")))
}

fn median_ns(workload: &Value) -> u128 {
    let policies = PolicySet::from_str(workload["policies"].as_str().expect("policies"))
        .expect("policies that parse");
    let entities =
        Entities::from_json_value(workload["entities"].clone(), None).expect("entities");
    let requests: Vec<(Request, bool)> = workload["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|r| {
            let context = Context::from_json_value(r["context"].clone(), None).expect("a context");
            let request =
                Request::new(uid(&r["principal"]), uid(&r["action"]), uid(&r["resource"]), context, None)
                    .expect("a request");
            (request, r["decision"] == "allow")
        })
        .collect();
    let authorizer = Authorizer::new();
    let mut took = Vec::new();
    for _ in 0..PASSES {
        for (request, allowed) in &requests {
            let start = Instant::now();
            let response = authorizer.is_authorized(request, &policies, &entities);
            took.push(start.elapsed().as_nanos());
            assert_eq!(response.decision() == Decision::Allow, *allowed, "{request}");
        }
    }
    took.sort_unstable();
    took[took.len() / 2]
}

fn main() {
    let folder = env::args().nth(1).expect("usage: cedar_rust FOLDER");
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a workload");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        out.insert(name, median_ns(&serde_json::from_str(&text).expect("JSON")));
    }
    println!("{}", serde_json::to_string(&out.into_iter().map(|(k, v)| (k, v as u64)).collect::<BTreeMap<_, _>>()).expect("JSON"));
}
