//! How long a client may acknowledge nothing that was sent to it, such as a phone that lost its network. The kernel sends
//! again for a quarter of an hour otherwise, and for so long its streams count.

use std::io;

use actix_web::rt::net::TcpStream;

/// Longer than a change of the network takes.
#[cfg(target_os = "linux")]
const LONGEST: std::time::Duration = std::time::Duration::from_secs(90);

/// Closes the connection if the client acknowledges nothing for that long. It also has that long to read on.
#[cfg(target_os = "linux")]
pub(super) fn limit(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(LONGEST))
}

/// Other systems have no such limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use actix_web::rt::net::TcpListener;
    use socket2::SockRef;

    use super::*;

    #[actix_web::test]
    async fn a_client_that_acknowledges_nothing_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (_client, server) = (client.await.unwrap(), listener.accept().await.unwrap().0);
        limit(&server).unwrap();
        let limit = SockRef::from(&server).tcp_user_timeout().unwrap();
        assert_eq!(limit, Some(LONGEST));
    }
}
