//! The least that an answer can cost: a route of axum with a body that is there
//! already, as many bytes as the document has.
//!
//! Beside it stands what netstatusd's own answer costs.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::error::Error;
use tokio::net::UnixListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, size] = arguments.as_slice() else {
        println!("usage: bare_axum SOCKET BYTES");
        return Ok(());
    };
    let body = Bytes::from("x".repeat(size.parse()?));
    let answer = move || {
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-store"),
        ];
        std::future::ready((headers, body.clone()))
    };
    let path_in_the_document = "/v2/network/interfaces/{interface_id}/status/{node_id}";
    let router = Router::new().route(path_in_the_document, get(answer));
    let listener = UnixListener::bind(path)?;
    loop {
        let (client, _) = listener.accept().await?;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(client), service));
    }
}
