//! Addresses of files: http and https only, whatever a table of links or a redirect says.

use ureq::http::Uri;

/// An http or https address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    text: String,
    host: String,
    encrypted: bool,
}

impl Address {
    /// Checks an address. Characters that a link may hold only in escaped form, such as spaces and letters
    /// beyond ASCII, are escaped: tables of links are full of them, and browsers do the same.
    ///
    /// # Errors
    /// With a sentence, when it is no http or https address, or holds a user's name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let escaped = escape(text.trim());
        let scheme = escaped.split_once("://").map(|(scheme, _)| scheme);
        let encrypted = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(format!("{text:?} is no http or https address")),
        };
        let uri: Uri = escaped
            .parse()
            .map_err(|error| format!("{text:?} is no address: {error}"))?;
        let authority = uri.authority().map(|authority| authority.as_str());
        if authority.is_some_and(|authority| authority.contains('@')) {
            return Err(format!("{text:?} holds a user's name"));
        }
        match uri.host().filter(|host| !host.is_empty()) {
            Some(host) => Ok(Self {
                host: host.to_ascii_lowercase(),
                text: escaped,
                encrypted,
            }),
            None => Err(format!("{text:?} names no host")),
        }
    }

    /// What a redirect's `Location` means, seen from here (RFC 3986, section 5.2).
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(super) fn join(&self, location: &str) -> Result<Self, String> {
        let location = location.trim();
        let start = location
            .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
            .unwrap_or(location.len());
        if location[start..].starts_with(':') {
            return Self::parse(location);
        }
        let (scheme, rest) = self.text.split_once("://").unwrap_or(("http", &self.text));
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split('?').next().unwrap_or_default();
        let joined = if location.is_empty() || location.starts_with(['?', '#']) {
            format!("{path}{location}")
        } else if location.starts_with('/') {
            without_dots(location)
        } else {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            without_dots(&format!("{folder}/{location}"))
        };
        Self::parse(&format!("{scheme}://{authority}{joined}"))
    }

    /// The address as it is sent.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host's name, in small letters and without a port: what connections are counted by.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Scheme, host and port, as they are written: who is asked.
    pub(super) fn origin(&self) -> String {
        let start = self.text.find("://").map_or(0, |at| at + 3);
        let rest = &self.text[start..];
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        self.text[..start + end].to_ascii_lowercase()
    }

    /// Whether what comes from there cannot be changed on the way.
    pub(super) fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

/// Escapes what may not stand in an address, and drops the fragment, which is never sent.
fn escape(text: &str) -> String {
    let sent = text.split('#').next().unwrap_or_default();
    let mut escaped = String::with_capacity(sent.len());
    for byte in sent.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A path with its `.` and `..` carried out; a query stays as it is.
fn without_dots(path: &str) -> String {
    let (path, query) = match path.find('?') {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    let mut parts = Vec::new();
    let last = path.rsplit('/').next().unwrap_or_default();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let slash = if matches!(last, "." | "..") { "/" } else { "" };
    format!("/{}{slash}{query}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_taken() {
        for wrong in [
            "ftp://host/a",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "host/a",
            "http:///a",
            "http://user:word@host/a",
            "",
        ] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
        let address = Address::parse(" HTTP://Host.Example:81/a b/\u{e9}.jpg?x=1#part ").unwrap();
        assert_eq!(
            address.as_str(),
            "HTTP://Host.Example:81/a%20b/%C3%A9.jpg?x=1"
        );
        assert_eq!(address.host(), "host.example");
        assert_eq!(address.origin(), "http://host.example:81");
        assert!(!address.is_encrypted());
    }

    #[test]
    fn redirects_are_joined() {
        let from = Address::parse("https://h:1/a/b/c?q=1").unwrap();
        for (location, to) in [
            ("http://other/x", "http://other/x"),
            ("//other/x", "https://other/x"),
            ("/x?y=/../z", "https://h:1/x?y=/../z"),
            ("x", "https://h:1/a/b/x"),
            ("../x", "https://h:1/a/x"),
            ("../../../../x/./y", "https://h:1/x/y"),
            ("..", "https://h:1/a/"),
            ("?q=2", "https://h:1/a/b/c?q=2"),
        ] {
            assert_eq!(from.join(location).unwrap().as_str(), to, "{location}");
        }
        assert_eq!(
            Address::parse("http://h?a=b").unwrap().join("x").unwrap(),
            Address::parse("http://h/x").unwrap()
        );
        assert!(from.join("ftp://other/x").is_err());
        assert!(from.join("data:text/html,x").is_err());
    }
}
