//! What is said while events of the kernel are missing: the last known, and that it is.
//!
//! The router is the daemon's, over a recorded node whose byte counters are a table of the
//! test's own.

use crate::server::{NEVER, Outcome, Server, patiently, start};
use netstatusd::capture::Capture;
use netstatusd::facts::{GRACE, Snapshot};
use netstatusd::http::{Service, Views, router};
use netstatusd::kernel::counters::Counters;
use netstatusd::view::{Ids, Node, NodeView};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

const V1: &str = "/v1/network/status/1";
const V2: &str = "/v2/network/interfaces/1/status/1";
const V3: &str = "/v3/network/status/1";
const MISSING: &str = "events of the kernel are missing";

/// A server of what is published.
struct Bench {
    server: Server,
    publish: watch::Sender<Option<Arc<NodeView>>>,
    recorded: Snapshot,
    table: PathBuf,
}

impl Bench {
    fn new() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let own = NEXT.fetch_add(1, Ordering::Relaxed);
        let table = std::env::temp_dir().join(format!("nsd-stale-{}-{own}", std::process::id()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let recorded = Capture::read(&root.join("tests/fixtures/static"))?.snapshot();
        let (publish, views): (_, Views) = watch::channel(None);
        fs::write(&table, "")?;
        let counters = Counters::new(Path::new("/nowhere"), &table);
        let service = Arc::new(Service::new(views, counters));
        Ok(Self {
            server: start(router(service), NEVER)?,
            publish,
            recorded,
            table,
        })
    }

    /// Publishes the node with events missing since then.
    fn publish(&self, missing_since: Option<Instant>) {
        let mut snapshot = self.recorded.clone();
        snapshot.kernel.missing_since = missing_since;
        let (ids, now) = (&mut Ids::default(), Instant::now());
        let view = NodeView::new(Node::default(), snapshot.into(), ids, now);
        self.publish.send_replace(Some(Arc::new(view)));
    }

    fn publish_stale(&self) -> Outcome {
        let since = Instant::now().checked_sub(GRACE);
        self.publish(Some(since.ok_or("the machine has just started")?));
        Ok(())
    }

    /// So many bytes sent and received by the first interface, as `/proc/self/net/dev` says it.
    fn count(&self, sent: u64, received: u64) -> Outcome {
        let row = format!("  eth0: {received} 1 0 0 0 0 0 0 {sent} 1 0 0 0 0 0 0\n");
        Ok(fs::write(&self.table, row)?)
    }

    async fn document(&self, path: &str) -> Outcome<Value> {
        let answer = self.server.get(path).await?;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
        Ok(serde_json::from_str(body)?)
    }

    /// `update_status` of versions 1 and 2, each different state of version 3.
    async fn states(&self) -> Outcome<[Value; 3]> {
        let [v1, v2] = [self.document(V1).await?, self.document(V2).await?];
        let v3 = self.document(V3).await?;
        let interfaces = v3["managed_interface_statuses"].as_array().into_iter();
        let networks = v3["network_statuses"].as_object().into_iter();
        let states = interfaces
            .flatten()
            .chain(networks.flat_map(|all| all.values()));
        let mut states: Vec<Value> = states
            .map(|state| json!([state["status"], state["details"]]))
            .collect();
        assert_eq!(states.len(), 5, "two interfaces with three networks");
        states.dedup();
        Ok([
            v1["update_status"].clone(),
            v2["update_status"].clone(),
            states.into(),
        ])
    }

    /// Bytes sent and received by the first interface and their time, as a document says it.
    async fn counted(&self, path: &str) -> Outcome<[Value; 3]> {
        let document = self.document(path).await?;
        let mut devices = document["devices"].as_array().into_iter().flatten();
        let details = match path {
            V1 => &document["network_details"],
            V2 => &document["interface_details"],
            _ => devices
                .find(|device| device["name"] == "eth0")
                .ok_or("no eth0")?,
        };
        Ok(["bytes_sent", "bytes_received", "timestamp"].map(|key| details[key].clone()))
    }

    /// What it sent, as the metrics tell it.
    async fn metric(&self) -> Outcome<u64> {
        let metrics = self.server.get("/metrics").await?;
        let name = r#"netstatusd_interface_sent_bytes_total{id="1",name="eth0"} "#;
        let sample = metrics.lines().find_map(|line| line.strip_prefix(name));
        Ok(sample.ok_or("no sample")?.parse()?)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.table);
    }
}

fn epoch_seconds() -> Outcome<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// Waits until the clock shows another second.
async fn another_second() -> Outcome<u64> {
    let first = epoch_seconds()?;
    patiently(async {
        while epoch_seconds()? == first {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        epoch_seconds()
    })
    .await?
}

#[tokio::test]
async fn every_version_says_that_it_is_stale() -> Outcome {
    let bench = Bench::new()?;
    bench.count(1, 2)?;
    let [applied, unavailable] = ["CHANGES_APPLIED", "UNAVAILABLE"].map(Value::from);
    for missing_since in [None, Some(Instant::now())] {
        bench.publish(missing_since);
        let current = [applied.clone(), applied.clone(), json!([["APPLIED", ""]])];
        assert_eq!(bench.states().await?, current);
        for path in ["/readyz", "/healthz/1"] {
            let answer = bench.server.get(path).await?;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        }
    }

    bench.publish_stale()?;
    let stale = json!([["PENDING", MISSING]]);
    assert_eq!(
        bench.states().await?,
        [unavailable.clone(), unavailable, stale]
    );
    for path in ["/readyz", "/healthz/1"] {
        let answer = bench.server.get(path).await?;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{path}: {answer}");
        let said = format!("\r\n\r\n{MISSING}\n");
        assert!(answer.ends_with(&said), "{path}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn counters_and_their_time_stand_still_while_they_are_stale() -> Outcome {
    let bench = Bench::new()?;
    bench.count(1000, 2000)?;
    bench.publish(None);
    let last = bench.counted(V2).await?;
    assert_eq!(last[..2], ["1000", "2000"]);

    bench.count(1001, 2001)?;
    let later = another_second().await?;
    bench.publish_stale()?;
    for path in [V1, V2, V3] {
        assert_eq!(bench.counted(path).await?, last, "{path}");
    }
    assert_eq!(bench.metric().await?, 1000);

    bench.publish(None);
    for (sent, path) in (1001_u64..).zip([V1, V2, V3]) {
        bench.count(sent, 3000)?;
        let [told, received, taken] = bench.counted(path).await?;
        assert_eq!(
            [told, received],
            [sent.to_string(), "3000".to_owned()],
            "{path}"
        );
        let taken: u64 = taken.as_str().unwrap_or_default().parse()?;
        assert!(taken >= later, "{path}: {taken} is before {later}");
    }
    bench.count(1004, 3000)?;
    assert_eq!(bench.metric().await?, 1004);
    Ok(())
}

/// One view turns stale by the clock alone: nothing newer is published.
#[tokio::test]
async fn what_was_said_of_a_view_does_not_outlive_its_grace() -> Outcome {
    let bench = Bench::new()?;
    let almost = GRACE.saturating_sub(Duration::from_secs(2));
    let since = Instant::now().checked_sub(almost);
    bench.publish(Some(since.ok_or("the machine has just started")?));
    assert_eq!(
        bench.document(V2).await?["update_status"],
        "CHANGES_APPLIED"
    );
    patiently(async {
        while bench.document(V2).await?["update_status"] != "UNAVAILABLE" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    })
    .await?
}
