//! A web server on this computer that misbehaves as told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a server was asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) path: String,
    /// By name in small letters.
    pub(super) headers: HashMap<String, String>,
    /// How often this path was asked for before.
    pub(super) before: usize,
}

/// What a server does then.
#[derive(Default)]
pub(super) struct Reply {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Body bytes after which the server stops for the time, or closes the connection.
    cut: Option<(usize, Option<Duration>)>,
    delay: Duration,
    /// Without a word on its length.
    open_ended: bool,
}

impl Reply {
    pub(super) fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    pub(super) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new("200 OK", body)
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, None));
        self
    }

    pub(super) fn stalling_after(mut self, bytes: usize, time: Duration) -> Self {
        self.cut = Some((bytes, Some(time)));
        self
    }

    pub(super) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn of_unknown_length(mut self) -> Self {
        self.open_ended = true;
        self
    }

    /// A file that knows its version and hands out ranges of itself, as real servers do.
    pub(super) fn file(request: &Request, body: &[u8], tag: &str) -> Self {
        let range = request.headers.get("range").and_then(|range| {
            let (start, last) = range.strip_prefix("bytes=")?.split_once('-')?;
            let last = last.parse().unwrap_or(usize::MAX);
            Some((start.parse().ok()?, last.min(body.len().checked_sub(1)?)))
        });
        let current = request.headers.get("if-range").is_none_or(|it| it == tag);
        let reply = match range {
            Some((start, last)) if current && start <= last => {
                Self::new("206 Partial Content", &body[start..=last]).header(
                    "Content-Range",
                    format!("bytes {start}-{last}/{}", body.len()),
                )
            }
            _ => Self::ok(body),
        };
        reply.header("ETag", tag)
    }
}

/// A running server. Its thread ends with the test program.
pub(super) struct Server {
    pub(super) address: String,
    state: Arc<State>,
}

struct State {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    most: AtomicUsize,
}

impl Server {
    pub(super) fn start(handle: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        let handle = Arc::new(handle);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, handle) = (Arc::clone(&shared), Arc::clone(&handle));
                // Counted where they arrive, one after the other.
                let now = state.connections.fetch_add(1, Ordering::SeqCst) + 1;
                state.most.fetch_max(now, Ordering::SeqCst);
                // The client hanging up is its good right.
                thread::spawn(move || drop(serve(stream, &state, &*handle)));
            }
        });
        Self { address, state }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(super) fn requests(&self, path: &str) -> Vec<Request> {
        let requests = self.state.requests.lock().unwrap();
        requests
            .iter()
            .filter(|request| request.path == path)
            .cloned()
            .collect()
    }

    /// The most connections that were open at once.
    pub(super) fn most_connections(&self) -> usize {
        self.state.most.load(Ordering::SeqCst)
    }
}

fn serve(
    mut stream: TcpStream,
    state: &State,
    handle: &dyn Fn(&Request) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let request = {
        let mut requests = state.requests.lock().unwrap();
        let before = requests.iter().filter(|it| it.path == path).count();
        let request = Request {
            path,
            headers,
            before,
        };
        requests.push(request.clone());
        request
    };
    let reply = handle(&request);
    thread::sleep(reply.delay);
    let mut head = format!("HTTP/1.1 {}\r\n", reply.status);
    if !reply.open_ended {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "Connection: close\r\n\r\n";
    // Before the answer is whole, since the client may open the next connection as soon as it is.
    state.connections.fetch_sub(1, Ordering::SeqCst);
    stream.write_all(head.as_bytes())?;
    match reply.cut {
        None => stream.write_all(&reply.body)?,
        Some((bytes, pause)) => {
            stream.write_all(&reply.body[..bytes])?;
            stream.flush()?;
            thread::sleep(pause.unwrap_or_default());
        }
    }
    stream.shutdown(Shutdown::Both)
}
