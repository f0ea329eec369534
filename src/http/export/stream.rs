//! Sending a body that is made piece by piece.

use std::io;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use tokio::sync::mpsc;

use crate::domain::problem::Problem;
use crate::http::encode::Packer;
use crate::http::negotiate::Encoding;
use crate::http::state::State;
use crate::registry::service::Registry;
use crate::store::pool::Snapshot;

/// How many finished pieces wait for a slow client; the next is made only when one of them has gone.
const PIECES_AHEAD: usize = 2;

/// A body in the making.
pub trait Pieces: Send + 'static {
    /// The next piece; nothing when the last has been given. An empty piece is passed over.
    fn next(&mut self, snapshot: &mut Snapshot) -> Result<Option<Vec<u8>>, Problem>;
}

/// Answers with all pieces. The first is made before the answer begins, so that what goes wrong until then is told as
/// a problem; what goes wrong later cuts the body, which the transfer coding shows to the client.
pub async fn send(
    state: &State,
    media_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    encoding: Encoding,
    pieces: impl Pieces,
) -> Result<HttpResponse, Problem> {
    let registry = state.registry.clone();
    let (pieces, first) = step(&registry, pieces).await?;
    let packer = Packer::new(encoding)?;
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    actix_web::rt::spawn(follow(registry, (pieces, first), packer, sender));
    let body = futures_util::stream::unfold(receiver, |mut receiver| async {
        let piece: io::Result<Bytes> = receiver.recv().await?;
        Some((piece, receiver))
    });
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, media_type));
    for header in headers {
        response.insert_header(header);
    }
    if encoding != Encoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, encoding.name()));
    }
    Ok(response.streaming(body))
}

/// Sends one piece after the other for as long as the client takes them.
async fn follow<P: Pieces>(
    registry: Registry,
    begun: (P, Option<Vec<u8>>),
    packer: Packer,
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    if let Err(problem) = all(registry, begun, packer, &sender).await {
        let cause = problem.cause.unwrap_or(problem.detail.en);
        tracing::error!(%cause, "an answer broke off");
        let _ = sender.send(Err(io::Error::other(cause))).await;
    }
}

async fn all<P: Pieces>(
    registry: Registry,
    (mut pieces, mut piece): (P, Option<Vec<u8>>),
    mut packer: Packer,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), Problem> {
    loop {
        let last = piece.is_none();
        let (bytes, goes_on) = packer.pack(piece.unwrap_or_default(), last).await?;
        // Who has hung up wants no more.
        if !bytes.is_empty() && sender.send(Ok(bytes)).await.is_err() {
            return Ok(());
        }
        let Some(next) = goes_on else {
            return Ok(());
        };
        packer = next;
        (pieces, piece) = step(&registry, pieces).await?;
    }
}

async fn step<P: Pieces>(registry: &Registry, mut pieces: P) -> Result<(P, Option<Vec<u8>>), Problem> {
    let make = move |snapshot: &mut Snapshot| {
        let piece = pieces.next(snapshot)?;
        Ok((pieces, piece))
    };
    registry.read(make).await
}
