//! An HTTP server of a few prepared answers, on loopback. The main type here is [`Server`].

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What is answered to one path.
#[derive(Clone)]
pub struct Answer {
    head: String,
    body: Vec<u8>,
    private: bool,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let head = format!("200 OK\r\nContent-Length: {}", body.len());
        Answer {
            head,
            body,
            private: false,
        }
    }

    /// Hangs up without a word.
    pub fn none() -> Answer {
        Answer {
            head: String::new(),
            body: Vec::new(),
            private: false,
        }
    }

    /// Ends in the middle of the body.
    pub fn cut(body: Vec<u8>) -> Answer {
        let mut answer = Answer::ok(body);
        answer.body.truncate(answer.body.len() / 2);
        answer
    }

    /// Redirects.
    pub fn moved(to: &str) -> Answer {
        let head = format!("302 Found\r\nLocation: {to}\r\nContent-Length: 0");
        Answer {
            head,
            body: Vec::new(),
            private: false,
        }
    }

    /// Only for user `ci` with password `s3cret`.
    pub fn private(mut self) -> Answer {
        self.private = true;
        self
    }

    fn to(&self, login: &str) -> Answer {
        match self.private && login != "Basic Y2k6czNjcmV0" {
            true => Answer {
                head: "401 Unauthorized\r\nContent-Length: 0".to_owned(),
                ..Answer::ok("")
            },
            false => self.clone(),
        }
    }
}

/// The server; it lives as long as the test process.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    /// Listens on a free port; other paths are not found.
    pub fn start<const N: usize>(answers: [(&'static str, Answer); N]) -> Server {
        let missing = Answer {
            head: "404 Not Found\r\nContent-Length: 0".to_owned(),
            ..Answer::ok("")
        };
        Server::with_rest(answers, missing)
    }

    /// Listens on a free port; other paths get `rest`.
    pub fn with_rest<const N: usize>(answers: [(&'static str, Answer); N], rest: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answers, log) = (HashMap::from(answers), seen.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), (&answers, &rest), &log);
            }
        });
        Server { address, seen }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(path, _)| path.clone()).collect()
    }

    /// The `Authorization` of each request; empty where there was none.
    pub fn logins(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, login)| login.clone()).collect()
    }
}

fn serve(
    mut stream: TcpStream,
    (answers, rest): (&HashMap<&str, Answer>, &Answer),
    log: &Mutex<Vec<(String, String)>>,
) {
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|l| !l.is_empty()).collect();
    let Some(path) = head.first().and_then(|l| l.split(' ').nth(1)) else {
        return;
    };
    let login = head.iter().find_map(|l| {
        let (name, value) = l.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    });
    let login = login.unwrap_or_default();
    log.lock()
        .unwrap()
        .push((path.to_owned(), login.to_owned()));
    let answer = answers.get(path).unwrap_or(rest).to(login);
    if answer.head.is_empty() {
        return;
    }
    let head = format!("HTTP/1.1 {}\r\nConnection: close\r\n\r\n", answer.head);
    // A client that has gone away is no matter.
    let _ = stream.write_all(&[head.as_bytes(), &answer.body].concat());
}
