//! One request: counted per host, redirects followed, and the answer told as what it means.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderName, StatusCode, header};
use ureq::{Agent, BodyReader};

use super::address::Address;
use super::hosts::{Hosts, Permit};
use super::retry::{Problem, retry_after};

/// An address may lead to another, and that to another, as often as this.
const MOST_REDIRECTS: usize = 5;
/// A host that asks to be left alone for hours is asked again all the same: whoever waits for it would
/// otherwise neither go on nor fail.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long a server may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For the connection, TLS included.
    pub(super) connect: Duration,
    /// Without a single byte.
    pub(super) stall: Duration,
    /// For the whole file, redirects not included; nothing for files that may take hours.
    pub(super) whole: Option<Duration>,
}

/// Asks servers for files.
pub(super) struct Client {
    agent: Agent,
    hosts: Hosts,
    patience: Patience,
    only_encrypted: bool,
    token: Option<Token>,
}

/// Who asks, for the one server that knows it.
struct Token {
    /// Where it may be sent to: scheme, host and port.
    origin: String,
    text: String,
}

/// A server's answer. The connection closes, and the next one to that host may open, when it is dropped.
pub(super) struct Answer<'a> {
    /// 200, 206 or 416.
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What the server said the body's length is.
    pub(super) length: Option<u64>,
    body: BodyReader<'static>,
    patience: Patience,
    // After the body: fields are dropped in order, and the connection must be closed before another opens.
    _permit: Permit<'a>,
}

impl Client {
    /// With so many connections to one host at most. Proxies are those of the environment.
    pub(super) fn new(patience: Patience, connections_per_host: usize) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("glimpse/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // An idle connection is a connection too, and would not be counted.
            .max_idle_connections(0)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_send_request(Some(patience.stall))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            .timeout_per_call(patience.whole)
            .build();
        Self {
            agent: config.into(),
            hosts: Hosts::new(connections_per_host),
            patience,
            only_encrypted: false,
            token: None,
        }
    }

    /// Refuses redirects from an encrypted address to one that is not.
    pub(super) fn keeping_encryption(mut self) -> Self {
        self.only_encrypted = true;
        self
    }

    /// Says who asks, to the server of an address and to none that it redirects to.
    pub(super) fn with_token(mut self, server: &Address, token: String) -> Self {
        self.token = Some(Token {
            origin: server.origin(),
            text: token,
        });
        self
    }

    /// The connections.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// Asks for a file.
    ///
    /// # Errors
    /// When nobody answers, or with anything but the file (status 200), a part of it (206) or word that
    /// there is no such part (416).
    pub(super) fn get(
        &self,
        address: &Address,
        headers: &[(HeaderName, String)],
    ) -> Result<Answer<'_>, Problem> {
        let mut address = address.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.get_once(&address, headers)?;
            if !answer.status.is_redirection() {
                return self.judge(&address, answer);
            }
            let location = answer.header(header::LOCATION);
            address =
                redirected(&address, location, self.only_encrypted).map_err(Problem::Permanent)?;
        }
        Err(Problem::Permanent(format!(
            "redirected more than {MOST_REDIRECTS} times, at last to {}",
            address.as_str()
        )))
    }

    fn get_once(
        &self,
        address: &Address,
        headers: &[(HeaderName, String)],
    ) -> Result<Answer<'_>, Problem> {
        let permit = self.hosts.acquire(address.host());
        let mut request = self
            .agent
            .get(address.as_str())
            .header(header::CONNECTION, "close")
            // A range of a compressed file would be none of the file.
            .header(header::ACCEPT_ENCODING, "identity");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let token = self.token.as_ref();
        if let Some(token) = token.filter(|token| token.origin == address.origin()) {
            let value = format!("Bearer {}", token.text);
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = request
            .call()
            .map_err(|error| no_answer(error, self.patience))?;
        let (parts, body) = response.into_parts();
        let length = body.content_length();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            length,
            body: body.into_reader(),
            patience: self.patience,
            _permit: permit,
        })
    }

    fn judge<'a>(&'a self, address: &Address, answer: Answer<'a>) -> Result<Answer<'a>, Problem> {
        let status = answer.status;
        match status.as_u16() {
            200 | 206 | 416 => Ok(answer),
            408 | 425 | 429 | 500 | 502 | 503 | 504 => {
                let asked = answer.header(header::RETRY_AFTER);
                let wait = asked.and_then(|header| retry_after(header, SystemTime::now()));
                if let Some(wait) = wait {
                    // For all that is fetched from there, not only for this file.
                    self.hosts.pause(address.host(), wait.min(LONGEST_PAUSE));
                }
                Err(Problem::Passing {
                    reason: format!("the server answers {status}"),
                    wait,
                    unreachable: false,
                    progressed: false,
                })
            }
            _ => Err(Problem::Refused { status }),
        }
    }
}

impl Answer<'_> {
    /// A header's text.
    pub(super) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What the server says the file is, such as `image/jpeg`, in small letters.
    pub(super) fn content_type(&self) -> String {
        let text = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let essence = text.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    /// The next bytes of the body; none at its end.
    ///
    /// # Errors
    /// When the server stalls or cuts off.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Problem> {
        self.body.read(buffer).map_err(|error| {
            let reason = sentence(ureq::Error::from(error), self.patience);
            Problem::passing(reason)
        })
    }

    /// The whole body.
    ///
    /// # Errors
    /// When the server stalls or cuts off, or the body has more bytes than `largest`.
    pub(super) fn read_whole(&mut self, largest: usize) -> Result<Vec<u8>, Problem> {
        let too_large = || Problem::Permanent(format!("larger than {largest} bytes"));
        if self.length > Some(largest as u64) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let mut buffer = [0; 1 << 14];
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(bytes),
                length => bytes.extend_from_slice(&buffer[..length]),
            }
            if bytes.len() > largest {
                return Err(too_large());
            }
        }
    }
}

/// Where a redirect leads.
fn redirected(
    from: &Address,
    location: Option<&str>,
    only_encrypted: bool,
) -> Result<Address, String> {
    let location = location.ok_or("a redirect to nowhere")?;
    let to = from
        .join(location)
        .map_err(|reason| format!("redirected: {reason}"))?;
    if only_encrypted && from.is_encrypted() && !to.is_encrypted() {
        return Err(format!(
            "redirected from https to {}, which is not encrypted",
            to.as_str()
        ));
    }
    Ok(to)
}

fn no_answer(error: ureq::Error, patience: Patience) -> Problem {
    use ureq::Error;
    match &error {
        Error::BadUri(_) | Error::Http(_) | Error::LargeResponseHeader(..) => {
            Problem::Permanent(sentence(error, patience))
        }
        // So are certificates reported that are not valid.
        Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            Problem::Permanent(sentence(error, patience))
        }
        Error::Tls(_) | Error::Rustls(_) => Problem::Permanent(sentence(error, patience)),
        _ => Problem::Passing {
            reason: sentence(error, patience),
            wait: None,
            unreachable: true,
            progressed: false,
        },
    }
}

fn sentence(error: ureq::Error, patience: Patience) -> String {
    use ureq::{Error, Timeout};
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("no connection within {:?}", patience.connect)
        }
        Error::Timeout(Timeout::PerCall | Timeout::Global) => format!(
            "the file did not come within {:?}",
            patience.whole.unwrap_or_default()
        ),
        Error::Timeout(_) => format!("stalled: no byte within {:?}", patience.stall),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "cut off by the server".into()
        }
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_keep_encryption_where_it_matters() {
        let from = Address::parse("https://h/a").unwrap();
        let leads = |to, only_encrypted| redirected(&from, Some(to), only_encrypted).is_ok();
        assert!(leads("/b", true));
        assert!(leads("https://other/", true));
        assert!(leads("http://other/", false));
        assert!(!leads("http://other/", true));
        let plain = Address::parse("http://h/a").unwrap();
        assert!(redirected(&plain, Some("http://other/"), true).is_ok());
    }
}
