//! An HTTP server of a few prepared answers, on loopback. The main type here is [`Server`].
//!
//! `HOST` in a header or body stands for the server's own address.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The login of user `ci` with password `s3cret`.
pub const LOGIN: &str = "Basic Y2k6czNjcmV0";

/// Stands for every path that has no answer of its own; without it they are not found.
pub const REST: &str = "*";

/// What is answered to one path.
#[derive(Clone)]
pub struct Answer {
    status: &'static str,
    headers: Vec<String>,
    body: Vec<u8>,
    /// How many bytes of the body are kept back.
    short: usize,
    wants: Option<(&'static str, &'static str)>,
    /// What is answered the first time instead.
    first: Option<Box<Answer>>,
    /// What is answered to those who have this version of it.
    etag: Option<&'static str>,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
        Answer::status("200 OK", body)
    }

    /// Any status.
    pub fn status(status: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            body: body.into(),
            short: 0,
            wants: None,
            first: None,
            etag: None,
        }
    }

    /// Hangs up without a word.
    pub fn none() -> Answer {
        Answer::status("", "")
    }

    /// Ends in the middle of the body.
    pub fn cut(body: Vec<u8>) -> Answer {
        Answer {
            short: body.len() / 2,
            ..Answer::ok(body)
        }
    }

    /// Redirects.
    pub fn moved(to: &str) -> Answer {
        Answer::status("302 Found", "").header(&format!("Location: {to}"))
    }

    /// With another header.
    pub fn header(mut self, line: &str) -> Answer {
        self.headers.push(line.to_owned());
        self
    }

    /// Only for user `ci` with password `s3cret`.
    pub fn private(self) -> Answer {
        self.only(LOGIN, r#"Basic realm="charts""#)
    }

    /// Only for those with this `Authorization`; others get the challenge.
    pub fn only(mut self, authorization: &'static str, challenge: &'static str) -> Answer {
        self.wants = Some((authorization, challenge));
        self
    }

    /// The first time another answer.
    pub fn after(mut self, first: Answer) -> Answer {
        self.first = Some(Box::new(first));
        self
    }

    /// 304 for those who have it.
    pub fn tagged(mut self, etag: &'static str) -> Answer {
        self.etag = Some(etag);
        self.header(&format!("ETag: {etag}"))
    }

    fn to(&self, request: &Request) -> Answer {
        match (self.wants, self.etag) {
            (Some((wanted, challenge)), _) if request.login != wanted => {
                Answer::status("401 Unauthorized", "")
                    .header(&format!("WWW-Authenticate: {challenge}"))
            }
            (_, Some(etag)) if request.known == etag => Answer::status("304 Not Modified", ""),
            _ => self.clone(),
        }
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        if self.status.is_empty() {
            return Vec::new();
        }
        let headers = self
            .headers
            .iter()
            .map(|line| format!("{line}\r\n"))
            .collect::<String>();
        let (status, length) = (self.status, self.body.len());
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let body = &self.body[..length - self.short];
        [head.replace("HOST", host).as_bytes(), body].concat()
    }
}

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// `Authorization`, empty where there was none.
    pub login: String,
    /// The form of a POST.
    pub form: String,
    /// The status that was answered.
    pub status: u16,
    known: String,
}

/// The server; it lives as long as the test process.
pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Listens on a free port.
    pub fn start<P: Into<String>>(answers: impl IntoIterator<Item = (P, Answer)>) -> Server {
        Server::wrapped(answers, Some)
    }

    /// Listens with this certificate.
    pub fn secure<P: Into<String>>(
        answers: impl IntoIterator<Item = (P, Answer)>,
        tls: Arc<ServerConfig>,
    ) -> Server {
        Server::wrapped(answers, move |stream| {
            let connection = ServerConnection::new(tls.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            // Whoever does not like the certificate says so now.
            stream.flush().ok().map(|()| stream)
        })
    }

    fn wrapped<P: Into<String>, S: Read + Write>(
        answers: impl IntoIterator<Item = (P, Answer)>,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answers = answers
            .into_iter()
            .map(|(path, answer)| (path.into(), answer));
        let mut answers: HashMap<String, Answer> = answers.collect();
        let log = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if let Some(stream) = wrap(stream.unwrap()) {
                    serve(stream, &address.to_string(), &mut answers, &log);
                }
            }
        });
        Server { address, seen }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Address and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What was asked for.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.path)
            .collect()
    }

    /// The status of each answer.
    pub fn statuses(&self) -> Vec<u16> {
        self.requests()
            .into_iter()
            .map(|request| request.status)
            .collect()
    }

    /// The `Authorization` of each request; empty where there was none.
    pub fn logins(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.login)
            .collect()
    }
}

fn serve(
    stream: impl Read + Write,
    host: &str,
    answers: &mut HashMap<String, Answer>,
    log: &Mutex<Vec<Request>>,
) {
    let mut stream = BufReader::new(stream);
    let Some(request) = read(&mut stream) else {
        return;
    };
    let bare = request
        .path
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let path = [&*request.path, &*bare, REST]
        .into_iter()
        .find(|path| answers.contains_key(*path));
    let answer = match path.and_then(|path| answers.get_mut(path)) {
        Some(answer) => match answer.first.take() {
            Some(first) => *first,
            None => answer.to(&request),
        },
        None => Answer::status("404 Not Found", ""),
    };
    let status = answer.status.get(..3).map_or(0, |s| s.parse().unwrap());
    log.lock().unwrap().push(Request { status, ..request });
    // A client that has gone away is no matter.
    let _ = stream.get_mut().write_all(&answer.bytes(host));
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line).ok()? {
            0 => break,
            _ if line.trim().is_empty() => break,
            _ => head.push(line.trim().to_owned()),
        }
    }
    let header = |wanted: &str| {
        let found = head.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case(wanted).then_some(value)
        });
        found.unwrap_or_default().to_owned()
    };
    let mut form = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut form).ok()?;
    Some(Request {
        path: head.first()?.split(' ').nth(1)?.to_owned(),
        login: header("authorization"),
        known: header("if-none-match"),
        form: String::from_utf8(form).ok()?,
        status: 0,
    })
}
