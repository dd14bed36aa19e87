//! A local web server for the page: a model of how to serve it, and what the browser tests run against.

use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Response, header};
use axum::middleware::map_response;
use tower_http::services::{ServeDir, ServeFile};

/// Ports that are tried in turn when the user asks for none.
const PORTS: std::ops::Range<u16> = 8080..8100;

/// Only what the page itself brings may run. `wasm-unsafe-eval` allows WebAssembly to be compiled, and not `eval`. `https:`
/// is for photos whose address the visitor enters: without it the browser would allow no other site to be asked for one.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    connect-src 'self' https:; img-src 'self' blob: data:; style-src 'self'; media-src 'self' blob:; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 9] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    // Pages of other sites may embed the captioner.
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
    // Kept, but asked for again every time: a rebuilt page shows at once.
    (header::CACHE_CONTROL, "no-cache"),
    // One address answers with and without compression.
    (header::VARY, "accept-encoding"),
];

/// Where a model that is not among the page's own is served.
const MODEL: &str = "models/served.safetensors";

/// Serves the page until the program is ended, and a model for it to open where one is given. The first line on standard
/// output is the address.
pub(crate) fn serve(site: &Path, port: Option<u16>, model: Option<&Path>) -> Result<()> {
    if !site.join("index.html").is_file() {
        bail!(
            "there is no page in {}: run `cargo xtask build` first",
            site.display()
        );
    }
    let listener = listen(port)?;
    let address = match model {
        Some(_) => format!("{}?model={MODEL}", address(&listener)?),
        None => address(&listener)?,
    };
    let mut output = std::io::stdout();
    writeln!(output, "{address}")?;
    output.flush()?;
    eprintln!("Ctrl+C stops the server.");
    answer(listener, site, model)
}

/// Serves the page from a thread of its own, on any free port, as long as this program runs. Returns the address.
pub(crate) fn serve_aside(site: &Path) -> Result<String> {
    let listener = listen(Some(0))?;
    let address = address(&listener)?;
    let site = site.to_path_buf();
    thread::spawn(move || {
        if let Err(error) = answer(listener, &site, None) {
            eprintln!("the web server stopped: {error:#}");
        }
    });
    Ok(address)
}

fn listen(port: Option<u16>) -> Result<TcpListener> {
    let bind = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if let Some(port) = port {
        return bind(port).with_context(|| match bind(port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                format!("port {port} is taken: name another one with --port, or none")
            }
            _ => format!("cannot listen on port {port}"),
        });
    }
    for port in PORTS {
        match bind(port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            result => return result.with_context(|| format!("cannot listen on port {port}")),
        }
    }
    bail!(
        "all ports from {} to {} are taken: name a free one with --port",
        PORTS.start,
        PORTS.end - 1
    )
}

fn address(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}/", listener.local_addr()?))
}

fn answer(listener: TcpListener, site: &Path, model: Option<&Path>) -> Result<()> {
    let mut router = Router::new();
    if let Some(model) = model {
        router = router.route_service(&format!("/{MODEL}"), ServeFile::new(model));
    }
    let service = router
        .fallback_service(ServeDir::new(site).precompressed_br())
        .layer(map_response(with_headers));
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?
        .block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, service).await
        })
        .context("the web server failed")
}

async fn with_headers<B>(mut response: Response<B>) -> Response<B> {
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::net::TcpStream;

    use super::*;

    /// A site with one secret beside it.
    fn site() -> (temp_dir::TempDir, String) {
        let folder = temp_dir::TempDir::new().unwrap();
        let site = folder.path().join("site");
        fs::create_dir_all(site.join("models")).unwrap();
        fs::write(folder.path().join("secret.txt"), "secret").unwrap();
        fs::write(site.join("index.html"), "<p>page").unwrap();
        fs::write(site.join("worker.js"), "export {};").unwrap();
        fs::write(site.join("glimpse_bg.wasm"), "module").unwrap();
        fs::write(site.join("glimpse_bg.wasm.br"), "packed").unwrap();
        fs::write(site.join("models/glimpse.safetensors"), "0123456789").unwrap();
        let address = serve_aside(&site).unwrap();
        (folder, address)
    }

    struct Reply {
        status: u16,
        headers: String,
        body: String,
    }

    impl Reply {
        fn header(&self, name: &str) -> Option<&str> {
            self.headers.lines().find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then_some(value)
            })
        }
    }

    /// Asks for exactly this path: a client library would tidy it up first.
    fn get(address: &str, path: &str, headers: &[&str]) -> Reply {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        )
        .unwrap();
        for header in headers {
            write!(stream, "{header}\r\n").unwrap();
        }
        write!(stream, "\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply {
            status,
            headers: head.to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn every_answer_carries_the_policies() {
        let (_folder, address) = site();
        for (path, status) in [("/", 200), ("/worker.js", 200), ("/nothing", 404)] {
            let reply = get(&address, path, &[]);
            assert_eq!(reply.status, status, "{path}");
            for (name, value) in HEADERS {
                assert_eq!(reply.header(name.as_str()), Some(value), "{path}");
            }
        }
    }

    #[test]
    fn files_have_the_types_that_browsers_insist_on() {
        let (_folder, address) = site();
        for (path, kind) in [
            ("/", "text/html"),
            ("/worker.js", "text/javascript"),
            ("/glimpse_bg.wasm", "application/wasm"),
            ("/models/glimpse.safetensors", "application/octet-stream"),
        ] {
            assert_eq!(
                get(&address, path, &[]).header("content-type"),
                Some(kind),
                "{path}"
            );
        }
    }

    #[test]
    fn the_compressed_file_is_sent_to_those_who_accept_it() {
        let (_folder, address) = site();
        let packed = get(&address, "/glimpse_bg.wasm", &["Accept-Encoding: gzip, br"]);
        assert_eq!(packed.header("content-encoding"), Some("br"));
        assert_eq!(packed.header("content-type"), Some("application/wasm"));
        assert_eq!(packed.body, "packed");
        let raw = get(&address, "/glimpse_bg.wasm", &["Accept-Encoding: gzip"]);
        assert_eq!(raw.header("content-encoding"), None);
        assert_eq!(raw.body, "module");
        let without_sibling = get(&address, "/worker.js", &["Accept-Encoding: br"]);
        assert_eq!(without_sibling.header("content-encoding"), None);
        assert_eq!(without_sibling.body, "export {};");
    }

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        let (_folder, address) = site();
        let first = get(&address, "/worker.js", &[]);
        let modified = first.header("last-modified").unwrap();
        let again = get(
            &address,
            "/worker.js",
            &[&format!("If-Modified-Since: {modified}")],
        );
        assert_eq!(again.status, 304);
        assert_eq!(again.body, "");
    }

    #[test]
    fn nothing_outside_the_site_is_sent() {
        let (_folder, address) = site();
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/models/../../secret.txt",
            "/models/%2e%2e%5c..%5csecret.txt",
            "//secret.txt",
        ] {
            let reply = get(&address, path, &[]);
            assert!(
                (400..500).contains(&reply.status),
                "{path}: {}",
                reply.status
            );
            assert!(!reply.body.contains("secret"), "{path}");
        }
    }

    #[test]
    fn a_model_from_elsewhere_is_served_beside_the_page() {
        let (folder, _) = site();
        let model = folder.path().join("own.safetensors");
        fs::write(&model, "weights").unwrap();
        let listener = listen(Some(0)).unwrap();
        let address = address(&listener).unwrap();
        let site = folder.path().join("site");
        thread::spawn(move || answer(listener, &site, Some(&model)));
        let reply = get(&address, &format!("/{MODEL}"), &[]);
        assert_eq!((reply.status, reply.body.as_str()), (200, "weights"));
        assert_eq!(
            reply.header("content-type"),
            Some("application/octet-stream")
        );
        assert_eq!(get(&address, "/", &[]).body, "<p>page");
    }

    #[test]
    fn a_taken_port_is_named() {
        let first = listen(Some(0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = listen(Some(port)).unwrap_err();
        assert!(
            error.to_string().contains(&format!("port {port} is taken")),
            "{error}"
        );
    }

    #[test]
    fn a_folder_without_a_page_is_not_served() {
        let folder = temp_dir::TempDir::new().unwrap();
        let error = serve(folder.path(), Some(0), None).unwrap_err();
        assert!(error.to_string().contains("cargo xtask build"), "{error}");
    }
}
