//! The least an actix-web server can do: look a finished answer up and give it.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::Outcome;
use crate::client::Reply;

/// Answers by the line that asks for them.
#[derive(Default)]
pub struct Answers(HashMap<String, Answer>);

struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Answers {
    /// Takes over what the service answered, header for header; what actix-web writes by itself is left to it.
    pub fn add(&mut self, line: &str, reply: &Reply) -> Outcome<()> {
        let headers = reply
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "content-length" | "date"))
            .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?)))
            .collect::<Outcome<Vec<_>>>()?;
        let answer = Answer {
            status: StatusCode::from_u16(reply.status)?,
            headers,
            body: if reply.status == 304 {
                Bytes::new()
            } else {
                Bytes::from(reply.body.clone())
            },
        };
        self.0.insert(line.to_owned(), answer);
        Ok(())
    }

    /// Serves on a free port until the process ends.
    pub fn serve(self) -> Outcome<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let answers = web::Data::from(Arc::new(self));
        std::thread::spawn(move || {
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(answers.clone())
                    .default_service(web::to(give))
            });
            let serving = async { server.disable_signals().listen(listener)?.run().await };
            if let Err(error) = actix_web::rt::System::new().block_on(serving) {
                eprintln!("the bare handler ended: {error}");
            }
        });
        Ok(address)
    }
}

async fn give(request: HttpRequest, answers: web::Data<Answers>) -> HttpResponse {
    let line = request.uri().path_and_query().map_or("/", |line| line.as_str());
    let Some(answer) = answers.0.get(line) else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::build(answer.status);
    for (name, value) in &answer.headers {
        response.append_header((name, value));
    }
    response.body(answer.body.clone())
}
