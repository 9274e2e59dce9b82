//! As little HTTP as keeps a connection busy: the generator shares the processors with what it measures.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Outcome;

/// A request, ready to be sent any number of times.
pub struct Request {
    address: SocketAddr,
    bytes: Vec<u8>,
}

impl Request {
    pub fn graphql(address: SocketAddr, token: &str, query: &str) -> Self {
        let body = serde_json::json!({ "query": query }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self {
            address,
            bytes: (head + &body).into_bytes(),
        }
    }
}

/// The size of the answer's body, once it is seen to be one without errors.
pub async fn ask(request: &Request) -> Outcome<usize> {
    let mut connection = Connection::open(request).await?;
    let body = connection.ask(request).await?;
    match serde_json::from_slice::<serde_json::Value>(body)? {
        answer if answer.get("errors").is_some() => Err(answer.to_string().into()),
        _ => Ok(body.len()),
    }
}

/// Asks over so many connections at a time; gives the number of answers. Each has the size of the first.
pub async fn load(request: &Request, connections: usize, lasting: Duration) -> Outcome<u64> {
    let size = ask(request).await?;
    let end = Instant::now() + lasting;
    let asking = (0..connections).map(|_| async move {
        let mut connection = Connection::open(request).await?;
        let mut answers = 0;
        while Instant::now() < end {
            if connection.ask(request).await?.len() != size {
                return Err("an answer of another size".into());
            }
            answers += 1;
        }
        Outcome::Ok(answers)
    });
    Ok(try_join_all(asking).await?.into_iter().sum())
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(request: &Request) -> Outcome<Self> {
        let stream = TcpStream::connect(request.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(128 * 1024),
        })
    }

    async fn ask(&mut self, request: &Request) -> Outcome<&[u8]> {
        self.stream.write_all(&request.bytes).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        if !text.starts_with("HTTP/1.1 200") {
            return Err(text.into());
        }
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        let end = head + length.ok_or("an answer without its length")?;
        while self.buffer.len() < end {
            self.read().await?;
        }
        Ok(&self.buffer[head..end])
    }

    async fn read(&mut self) -> Outcome {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server hung up".into()),
            _ => Ok(()),
        }
    }
}
