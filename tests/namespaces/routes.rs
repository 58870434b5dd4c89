//! Every route of the daemon, as clients really ask: methods, slashes, errors.
//!
//! Requests are bytes on a socket, answers are read to their end.

use serde_json::{Value, json};

use crate::support::agree::Node;
use crate::support::http::{self, Reply};
use crate::support::namespace::Namespace;
use crate::support::outcome::Outcome;

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\nroute add default via 10.0.0.254";

const STATUS: &str = "/v2/network/interfaces/1/status/1";

fn ask(node: &Node, method: &str, path: &str) -> Outcome<Reply> {
    http::request(&node.daemon.socket(), method, path, "")
}

/// A document without what changes from one moment to the next.
pub(crate) fn at_rest(mut document: Value) -> Value {
    for key in ["bytes_sent", "bytes_received", "timestamp"] {
        document["interface_details"][key] = Value::Null;
    }
    document
}

#[test]
fn one_interface_by_id_and_by_name() -> Outcome {
    let node = Node::with(LINKS)?;
    let by_id = at_rest(node.daemon.json(STATUS)?);
    assert_eq!(
        by_id,
        at_rest(node.daemon.json("/v2/network/interfaces/v0/status/1")?)
    );
    assert_eq!(
        by_id,
        at_rest(node.daemon.json("/v2/network/interfaces/v0/status/1/")?)
    );
    for list in [
        "/v2/network/interfaces/1/status",
        "/v2/network/interfaces/1/status/",
    ] {
        let list = node.daemon.json(list)?;
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        assert_eq!(at_rest(list[0].clone()), by_id);
    }
    Ok(())
}

#[test]
fn configs_are_derived_from_the_kernel() -> Outcome {
    let node = Node::with(LINKS)?;
    let config = json!({
        "id": 1, "name": "v0", "default_gateway": "10.0.0.254", "default_gateway_ipv6": "", "mtu": 1500,
    });
    let other = json!({"id": 2, "name": "v1", "default_gateway": "", "default_gateway_ipv6": "", "mtu": 1500});
    for list in ["/v2/network/interfaces", "/v2/network/interfaces/"] {
        assert_eq!(node.daemon.json(list)?, json!([config, other]));
    }
    for one in [
        "/v2/network/interfaces/1",
        "/v2/network/interfaces/1/",
        "/v2/network/interfaces/v0",
    ] {
        assert_eq!(node.daemon.json(one)?, config);
    }
    Ok(())
}

#[test]
fn probes_and_the_page() -> Outcome {
    let node = Node::with(LINKS)?;
    for path in [
        "/healthz",
        "/healthz/",
        "/readyz",
        "/readyz/",
        "/metrics",
        "/metrics/",
    ] {
        assert_eq!(node.daemon.get(path)?.status, 200, "{path}");
    }
    let page = node.daemon.get("/")?;
    assert_eq!(page.status, 200);
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(text.contains("/v2/network/interfaces/"), "{text}");
    Ok(())
}

#[test]
fn head_says_what_get_says_without_a_body() -> Outcome {
    let node = Node::with(LINKS)?;
    for path in [
        STATUS,
        "/v2/network/interfaces/",
        "/healthz",
        "/readyz",
        "/",
        "/nowhere",
    ] {
        let (head, get) = (ask(&node, "HEAD", path)?, ask(&node, "GET", path)?);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
        assert_eq!(head.body, b"", "{path}");
        assert_eq!(
            get.header("content-length"),
            Some(get.body.len().to_string().as_str()),
            "{path}"
        );
    }
    Ok(())
}

#[test]
fn other_methods_are_told_what_is_allowed() -> Outcome {
    let node = Node::with(LINKS)?;
    for path in [
        STATUS,
        "/v2/network/interfaces/1/status/",
        "/v2/network/interfaces/1",
        "/healthz",
        "/metrics",
        "/",
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let reply = ask(&node, method, path)?;
            assert_eq!(reply.status, 405, "{method} {path}");
            let allowed = reply.header("allow").unwrap_or_default();
            let mut allowed: Vec<&str> = allowed.split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed, ["GET", "HEAD"], "{method} {path}");
            is_error(&reply)?;
        }
    }
    Ok(())
}

fn is_error(reply: &Reply) -> Outcome {
    let body = reply.json()?;
    let keys: Vec<&str> = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            "description",
            "error_class",
            "module",
            "stack",
            "user_visible"
        ],
        "{body}"
    );
    let class = body["error_class"].as_str().unwrap_or_default();
    let snake = class.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    assert!(snake && class.ends_with("_error"), "{body}");
    assert!(
        body["description"]
            .as_str()
            .is_some_and(|text| text.contains(' ')),
        "{body}"
    );
    assert!(
        body["module"].is_string() && body["user_visible"].is_boolean(),
        "{body}"
    );
    assert_eq!(body["stack"], json!([]), "{body}");
    Ok(())
}

#[test]
fn what_is_not_there_is_404_and_what_is_no_number_400() -> Outcome {
    let node = Node::with(LINKS)?;
    for (path, status) in [
        ("/nowhere", 404),
        ("/v2", 404),
        ("/v2/network/interfaces/99", 404),
        ("/v2/network/interfaces/99/status/1", 404),
        ("/v2/network/interfaces/99/status/", 404),
        ("/v2/network/interfaces/nosuch/status/1", 404),
        ("/v2/network/interfaces/1/status/2", 404),
        ("/v2/network/interfaces/1/status/x", 400),
        ("/v2/network/interfaces/1/status/-1", 400),
        ("/v2/network/interfaces/1/status/1x", 400),
        ("/v2/network/interfaces/1/status/1/1", 404),
    ] {
        let reply = node.daemon.get(path)?;
        assert_eq!(reply.status, status, "{path}");
        is_error(&reply)?;
    }
    Ok(())
}

#[test]
fn headers_that_clients_are_known_to_send() -> Outcome {
    let node = Node::with(LINKS)?;
    for extra in [
        "Content-Type: application/json\r\nContent-Length: 0\r\n",
        "Authorization: Bearer access-v1:something\r\n",
        "Accept-Encoding: gzip, br\r\nAccept: text/html\r\n",
        "Host: localhost:0\r\n",
    ] {
        let reply = http::request(&node.daemon.socket(), "GET", STATUS, extra)?;
        assert!(
            reply.status == 200 || extra.starts_with("Host"),
            "{extra}: {}",
            reply.status
        );
    }
    let long = format!("X-Long: {}\r\n", "x".repeat(20_000));
    assert_eq!(
        http::request(&node.daemon.socket(), "GET", STATUS, &long)?.status,
        431
    );
    assert_eq!(node.daemon.get(STATUS)?.status, 200);
    Ok(())
}

#[test]
fn names_that_are_odd_in_a_url() -> Outcome {
    let namespace = Namespace::new()?;
    for name in ["a?b#c\\d", "q=1&x+y;z", "\u{fc}ml\u{e4}ut"] {
        namespace.run(&["ip", "link", "add", name, "type", "bridge"])?;
    }
    // `agrees` asks for each by its name, every byte percent-encoded.
    Node::start(namespace).map(drop)
}

#[test]
fn dns_servers_are_the_hosts() -> Outcome {
    let node = Node::with(LINKS)?;
    let servers = "/network_statuses/0/dns_servers";
    let domains = "/network_statuses/0/dns_search_domains";
    node.says("v0", servers, &json!(["192.0.2.53"]))?;
    // A stub resolver is not what a client wants to hear of: its upstream is.
    node.namespace.sh(
        "mkdir -p /run/systemd/resolve
         printf 'nameserver 198.51.100.7\\nnameserver 2001:db8::53\\nsearch b.example c.example\\n' \
             >/run/systemd/resolve/resolv.conf
         printf 'nameserver 127.0.0.53\\n' >/run/resolv.conf",
    )?;
    node.says("v0", servers, &json!(["198.51.100.7", "2001:db8::53"]))?;
    node.says("v0", domains, &json!(["b.example", "c.example"]))?;
    node.namespace
        .sh("printf 'nameserver 192.0.2.99\\n' >/run/resolv.conf")?;
    node.says("v0", servers, &json!(["192.0.2.99"]))?;
    node.says("v0", domains, &json!([]))
}
