//! Metadata services in every way of failing: readiness and answers are unharmed, the reason
//! is told, and when the service recovers its word is there.
//!
//! Which failure is meant is told to the fake service by a word.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::metadata::{Cloud, asks_no_more, counts, machine, says, status};
use crate::support::agree::agree;
use crate::support::daemon::Daemon;
use crate::support::once::netstatusd;
use crate::support::outcome::{Failure, Outcome, fail, within};

/// A failure may be followed by others before the service is asked again.
const RECOVERY: Duration = Duration::from_mins(1);

/// One document of each provider.
const CASES: [(&str, &str); 3] = [("aws", "two-nics"), ("azure", "two-nics"), ("gcp", "alias")];

/// The daemon, started beside a service in this mode, serves everything else as if there were
/// none and says why there is no status.
fn unharmed(provider: &str, case: &str, mode: &str, reason: &str) -> Outcome<(Cloud, Daemon)> {
    let cloud = Cloud::new(provider, case, mode)?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    agree(&daemon, &cloud.namespace, false)?;
    says(&daemon, reason)?;
    counts(&daemon, r#"cloud_reading{state="absent",reason=""#)?;
    cloud.namespace.ip("addr add 192.0.2.1/24 dev nic0")?;
    // Among all else: there is no key beyond those of a node in no cloud.
    agree(&daemon, &cloud.namespace, false)?;
    Ok((cloud, daemon))
}

/// Beside services of every provider that fail in these ways, and then recover.
fn all_recover(ways: &[(&str, &str)]) -> Outcome {
    let one = |provider: &str, case: &str, mode: &str, reason: &str| {
        let (cloud, daemon) = unharmed(provider, case, mode, reason)?;
        cloud.mode("ok")?;
        within(RECOVERY, "the service recovers", || {
            cloud.is_shown_by(&daemon)
        })
    };
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        let mut running = Vec::new();
        for (mode, reason) in ways {
            for (provider, case) in CASES {
                let run = move || {
                    one(provider, case, mode, reason)
                        .map_err(|Failure(why)| Failure(format!("{provider}, {mode}: {why}")))
                };
                running.push(scope.spawn(run));
            }
        }
        let ended = running.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .map(|end| end.unwrap_or_else(|_| fail("panicked")))
            .collect()
    });
    outcomes.into_iter().collect()
}

#[test]
fn a_service_that_is_silent_or_slow() -> Outcome {
    all_recover(&[
        ("silent", "no complete answer within"),
        ("slow", "no complete answer within"),
    ])
}

#[test]
fn a_service_that_breaks_off() -> Outcome {
    all_recover(&[
        ("resetting", "no complete HTTP answer"),
        ("cut-off", "no complete HTTP answer"),
    ])
}

#[test]
fn a_service_that_says_too_much() -> Outcome {
    all_recover(&[
        ("endless-body", "length limit exceeded"),
        ("ten-megabytes", "length limit exceeded"),
        ("endless-head", "no complete HTTP answer"),
    ])
}

#[test]
fn a_service_that_is_busy_or_broken() -> Outcome {
    all_recover(&[
        ("429", "429 Too Many Requests"),
        ("500", "500 Internal Server Error"),
    ])?;
    all_recover(&[("503", "503 Service Unavailable"), ("404", "404 Not Found")])
}

#[test]
fn a_service_that_is_another() -> Outcome {
    all_recover(&[
        ("garbage", "no complete HTTP answer"),
        ("redirect", "302 Found"),
    ])
}

/// One way in which only one provider can fail.
fn recovers(provider: &str, case: &str, mode: &str, reason: &str) -> Outcome {
    let (cloud, daemon) = unharmed(provider, case, mode, reason)?;
    cloud.mode("ok")?;
    within(RECOVERY, "the service recovers", || {
        cloud.is_shown_by(&daemon)
    })
}

#[test]
fn a_token_that_is_not_accepted() -> Outcome {
    recovers(
        "aws",
        "two-nics",
        "401-storm",
        "401 Unauthorized, even with a new token",
    )
}

#[test]
fn a_leaf_that_fails_is_not_empty() -> Outcome {
    recovers(
        "aws",
        "two-nics",
        "500-subnet-id",
        "/subnet-id: 500 Internal Server Error",
    )
}

#[test]
fn a_token_that_is_none() -> Outcome {
    recovers(
        "aws",
        "two-nics",
        "not-json",
        "the token is empty, too long or not text",
    )
}

#[test]
fn a_document_that_is_no_json() -> Outcome {
    recovers(
        "azure",
        "two-nics",
        "not-json",
        "not the documented JSON: expected value at line 1",
    )?;
    recovers(
        "gcp",
        "alias",
        "not-json",
        "not the documented JSON: expected value at line 1",
    )
}

#[test]
fn a_document_of_another_shape() -> Outcome {
    recovers(
        "azure",
        "two-nics",
        "other-shape",
        "not the documented JSON: missing field `interface`",
    )?;
    recovers(
        "gcp",
        "alias",
        "other-shape",
        "not the documented JSON: invalid type: map",
    )
}

#[test]
fn an_answer_that_is_not_googles() -> Outcome {
    recovers(
        "gcp",
        "alias",
        "no-flavor",
        "lacks the header `Metadata-Flavor: Google`",
    )?;
    recovers(
        "gcp",
        "alias",
        "wrong-flavor",
        "lacks the header `Metadata-Flavor: Google`",
    )
}

#[test]
fn a_service_that_is_disabled_is_asked_no_more() -> Outcome {
    for (provider, case, mode) in [
        ("aws", "two-nics", "403"),
        ("azure", "two-nics", "403"),
        ("azure", "two-nics", "401"),
    ] {
        let (cloud, daemon) = unharmed(provider, case, mode, "is disabled for this machine")?;
        asks_no_more(&daemon)?;
        assert_eq!(cloud.requests()?.len(), 1, "{provider}");
    }
    Ok(())
}

#[test]
fn an_azure_that_moves_is_left_in_peace() -> Outcome {
    unharmed(
        "azure",
        "two-nics",
        "410",
        "410 Gone; the service is being updated",
    )
    .map(drop)
}

#[test]
fn the_last_good_word_is_kept() -> Outcome {
    let cloud = Cloud::new("aws", "secondary-address", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    cloud.mode("silent")?;
    // Something new makes it ask again.
    cloud
        .namespace
        .ip("link add late type veth peer name far\nlink set late up")?;
    says(&daemon, "no complete answer within 2 s")?;
    counts(
        &daemon,
        r#"cloud_reading{state="stale",reason="/2021-07-15/"#,
    )?;
    cloud.is_shown_by(&daemon)?;
    cloud.mode("ok")?;
    within(RECOVERY, "the service recovers", || {
        let said = daemon.said()?;
        let answers = said.matches("the metadata service answers").count();
        if answers == 2 { Ok(()) } else { fail(said) }
    })?;
    counts(&daemon, r#"cloud_reading{state="current",reason=""}"#)
}

#[test]
fn show_does_not_wait_for_a_service_that_is_silent() -> Outcome {
    let cloud = Cloud::new("azure", "two-nics", "silent")?;
    let once = netstatusd(&cloud.namespace, &["show", "nic0", "--format", "json"])?;
    let document: Value = serde_json::from_slice(&once.stdout)?;
    assert_eq!(document["interface_status"]["name"], "nic0");
    assert_eq!(status(&document), json!({}));
    Ok(())
}

/// No way to the service at all.
fn no_way(route: &str, reason: &str) -> Outcome {
    let namespace = machine("aws")?;
    namespace.ip(&format!(
        "link add nic0 type veth peer name far0\nlink set nic0 up\nlink set far0 up\n\
         addr add 10.0.0.1/24 dev nic0\n{route}"
    ))?;
    let daemon = Daemon::start(&namespace, &[])?;
    says(&daemon, reason)?;
    agree(&daemon, &namespace, false)?;
    assert_eq!(status(&daemon.document("nic0")?), json!({}));
    Ok(())
}

#[test]
fn the_way_to_the_service_is_blocked() -> Outcome {
    no_way(
        "route add prohibit 169.254.169.254",
        "is blocked on this node: Permission denied",
    )?;
    no_way(
        "route add unreachable 169.254.169.254",
        "is blocked on this node: No route to host",
    )
}

#[test]
fn there_is_no_way_to_the_service() -> Outcome {
    no_way(
        "",
        "cannot connect to 169.254.169.254:80: Network is unreachable",
    )?;
    // Packets leave, and nothing comes back.
    no_way(
        "neigh add 10.0.0.254 lladdr 02:00:00:00:00:99 dev nic0\n\
         route add default via 10.0.0.254",
        "169.254.169.254:80 accepted no connection within 1 s",
    )
}

#[test]
fn nobody_listens() -> Outcome {
    no_way(
        "addr add 169.254.169.254/32 dev lo",
        "169.254.169.254:80: Connection refused",
    )
}
