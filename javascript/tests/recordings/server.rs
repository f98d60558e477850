//! The server of `node/cases/http.js`, as `node/record.js` has it.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use serde_json::json;

/// Starts it; it ends with the process.
pub fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || while serve(&stream).is_some() {});
        }
    });
    address
}

fn serve(stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut parts = line.split_whitespace();
    let (method, path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        let line: String = line.iter().map(|byte| char::from(*byte)).collect();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let body = body(&mut reader, &headers)?;
    let header = |name: &str| headers.get(name);
    match path.as_str() {
        "/slow" => {
            thread::sleep(Duration::from_secs(1));
            send(stream, 200, "Content-Type: application/json", b"{}")
        }
        "/bytes" => send(stream, 200, "Content-Type: application/octet-stream", &[0, 255, 195, 40]),
        "/text" => send(stream, 200, "Content-Type: text/plain", "plain é".as_bytes()),
        path if path.starts_with("/status/") => {
            let status = path["/status/".len()..].parse().ok()?;
            send(
                stream,
                status,
                "Content-Type: application/json",
                json!({ "error": status.to_string() }).to_string().as_bytes(),
            )
        }
        path if path.starts_with("/redirect") => {
            send(stream, path["/redirect".len()..].parse().unwrap_or(302), "Location: /echo?moved", b"")
        }
        path => {
            let told = json!({
                "method": method, "path": path, "body": body, "type": header("content-type"), "accept": header("accept"),
                "mine": header("x-mine"), "authorization": header("authorization"),
            });
            send(stream, 200, "Content-Type: application/json", told.to_string().as_bytes())
        }
    }
}

fn body(reader: &mut impl BufRead, headers: &HashMap<String, String>) -> Option<String> {
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        body = vec![0; length.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
    } else if headers.contains_key("transfer-encoding") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).ok()? + 2];
            reader.read_exact(&mut chunk).ok()?;
            if chunk.len() == 2 {
                break;
            }
            body.extend_from_slice(&chunk[..chunk.len() - 2]);
        }
    }
    Some(String::from_utf8_lossy(&body).into_owned())
}

fn send(mut stream: &TcpStream, status: u16, header: &str, body: &[u8]) -> Option<()> {
    let head = format!("HTTP/1.1 {status} -\r\n{header}\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}
