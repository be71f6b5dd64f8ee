//! Decides the requests that cedar_workloads wrote to a folder with the Rust implementation of Cedar, and prints the
//! median time of each workload in nanoseconds. Exit status 1 where it decides otherwise than we did.
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
};
use serde_json::Value;
use std::{env, error::Error, fs, str::FromStr, time::Instant};

const PASSES: usize = 20;

fn entity(of: &Value) -> Result<EntityUid, Box<dyn Error>> {
    let name = of["type"].as_str().ok_or("no `type`")?;
    let id = of["id"].as_str().ok_or("no `id`")?;
    Ok(EntityUid::from_type_name_and_id(EntityTypeName::from_str(name)?, EntityId::new(id)))
}

fn request(of: &Value) -> Result<Request, Box<dyn Error>> {
    let context = Context::from_json_value(of["context"].clone(), None)?;
    let (principal, action) = (entity(&of["principal"])?, entity(&of["action"])?);
    Ok(Request::new(principal, action, entity(&of["resource"])?, context, None)?)
}

fn measure(text: &str) -> Result<u64, Box<dyn Error>> {
    let workload: Value = serde_json::from_str(text)?;
    let policies = PolicySet::from_str(workload["policies"].as_str().ok_or("no `policies`")?)?;
    let entities = Entities::from_json_value(workload["entities"].clone(), None)?;
    let mut requests = Vec::new();
    for each in workload["requests"].as_array().ok_or("no `requests`")? {
        requests.push((request(each)?, each["decision"] == "allow"));
    }
    let authorizer = Authorizer::new();
    let mut took = Vec::new();
    for _ in 0..PASSES {
        for (index, (request, allowed)) in requests.iter().enumerate() {
            let start = Instant::now();
            let answer = authorizer.is_authorized(request, &policies, &entities);
            took.push(start.elapsed().as_nanos() as u64);
            if (answer.decision() == Decision::Allow) != *allowed {
                return Err(format!("request {index} is decided otherwise").into());
            }
        }
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: cedar_rust FOLDER")?;
    let mut medians = serde_json::Map::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let median = measure(&fs::read_to_string(&path)?).map_err(|why| format!("{name}: {why}"))?;
            medians.insert(name, median.into());
        }
    }
    println!("{}", Value::Object(medians));
    Ok(())
}
