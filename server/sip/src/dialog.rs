//! A dialog (RFC 3261 §12): who we are to each other, where requests go, and in which order they came.

use crate::endpoint::{Flow, Transport};
use crate::message::{Method, method_token};
use crate::wire::{Message, Name, NameAddr, Uri, Writer, split_list};
use std::net::{IpAddr, SocketAddr};

/// Longest route set taken.
const MAX_ROUTES: usize = 16;

#[derive(Clone, Debug)]
pub struct Dialog {
    pub call_id: Box<[u8]>,
    pub local_tag: u64,
    /// Empty while the peer has not named one.
    pub remote_tag: Box<[u8]>,
    /// Our From (as UAC) or To (as UAS) without the tag.
    pub local: Box<[u8]>,
    /// The peer's, without the tag.
    pub remote: Box<[u8]>,
    /// The peer's Contact: Request-URI of what we send.
    pub target: Box<[u8]>,
    /// Route headers of what we send, in order.
    pub routes: Vec<Box<[u8]>>,
    pub local_cseq: u32,
    pub remote_cseq: Option<u32>,
    pub flow: Flow,
}

impl Dialog {
    /// RFC 3261 §12.2.1.1: start line, Via, Max-Forwards, Route, From, To, Call-ID, CSeq of a request in the dialog.
    pub fn request(&self, method: Method, cseq: u32, branch: u64, sent_by: SocketAddr) -> Writer {
        let strict = self.routes.first().filter(|route| !is_loose(route));
        let mut out = Writer::request(method, strict.map_or(&self.target[..], |route| route_uri(route)));
        via(&mut out, self.flow.transport, sent_by, branch);
        out.header_number(Name::MaxForwards, 70);
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            out.header(Name::Route, route);
        }
        if strict.is_some() {
            out.begin(Name::Route);
            out.put(b"<");
            out.put(&self.target);
            out.put(b">");
            out.end();
        }
        out.begin(Name::From);
        out.put(&self.local);
        out.put(b";tag=");
        out.hex(self.local_tag);
        out.end();
        out.begin(Name::To);
        out.put(&self.remote);
        if !self.remote_tag.is_empty() {
            out.put(b";tag=");
            out.put(&self.remote_tag);
        }
        out.end();
        out.header(Name::CallId, &self.call_id);
        out.begin(Name::CSeq);
        out.number(u64::from(cseq));
        out.put(b" ");
        out.put(method_token(method).as_bytes());
        out.end();
        out
    }

    /// Takes tag, target and route set from a response to our INVITE (RFC 3261 §12.1.2).
    pub fn establish(&mut self, message: &Message<'_>, to: &NameAddr<'_>, source: &Flow) {
        self.remote_tag = to.tag().unwrap_or_default().into();
        self.routes = routes(message);
        self.routes.reverse();
        self.refresh_target(message, source);
    }

    /// RFC 3261 §12.2: the Contact of a target refresh request or its 2xx is the new target.
    pub fn refresh_target(&mut self, message: &Message<'_>, source: &Flow) {
        if let Some(contact) = contact(message) {
            self.target = contact.uri.into();
        }
        self.flow = next_hop(&self.routes, &self.target, source);
    }
}

/// Our Via line.
pub fn via(out: &mut Writer, transport: Transport, sent_by: SocketAddr, branch: u64) {
    out.begin(Name::Via);
    out.put(match transport {
        Transport::Udp => b"SIP/2.0/UDP ",
        Transport::Tcp => b"SIP/2.0/TCP ",
    });
    out.socket(sent_by);
    out.put(b";branch=z9hG4bK");
    out.hex(branch);
    // RFC 3581 §3: ask for the answer to come back to where we sent from.
    out.put(b";rport");
    out.end();
}

/// The one usable Contact.
pub fn contact<'m>(message: &'m Message<'_>) -> Option<NameAddr<'m>> {
    let value = message.all(Name::Contact).flat_map(split_list).next()?;
    NameAddr::parse(value, "Contact").ok().filter(|contact| matches!(contact.uri(), Some(Uri::Sip(_))))
}

/// Record-Route values in the order they stand.
pub fn routes(message: &Message<'_>) -> Vec<Box<[u8]>> {
    message.all(Name::RecordRoute).flat_map(split_list).take(MAX_ROUTES).map(Into::into).collect()
}

fn route_uri(route: &[u8]) -> &[u8] {
    NameAddr::parse(route, "Route").map_or(route, |address| address.uri)
}

fn is_loose(route: &[u8]) -> bool {
    matches!(Uri::parse(route_uri(route)), Some(Uri::Sip(uri)) if uri.param("lr").is_some())
}

/// Where requests of the dialog go: the first route or the target when it names an address, else (a name, or a private
/// address behind a NAT) back along the way the peer's messages came.
pub fn next_hop(routes: &[Box<[u8]>], target: &[u8], source: &Flow) -> Flow {
    let hop = routes.first().map_or(target, |route| route_uri(route));
    let Some(Uri::Sip(uri)) = Uri::parse(hop) else { return *source };
    let Some(ip) = uri.host.ip() else { return *source };
    let transport = match uri.param("transport").flatten() {
        Some(tcp) if tcp.eq_ignore_ascii_case(b"tcp") => Transport::Tcp,
        Some(udp) if udp.eq_ignore_ascii_case(b"udp") => Transport::Udp,
        _ => source.transport,
    };
    let remote = SocketAddr::new(ip, uri.port.unwrap_or(5060));
    let same_family = ip.is_ipv4() == source.remote.ip().is_ipv4();
    let behind_nat = is_private(ip) && !is_private(source.remote.ip());
    if !same_family || behind_nat || ip.is_unspecified() {
        return *source;
    }
    // A peer that reached us over a connection is reached over it while it stands, then at its Contact.
    if transport == Transport::Tcp && source.transport == Transport::Tcp && ip == source.remote.ip() {
        return Flow { remote, ..*source };
    }
    // Over another transport the local address is not known here; whoever sends picks it.
    let nowhere = SocketAddr::new(if ip.is_ipv4() { [0; 4].into() } else { [0; 16].into() }, 0);
    let local = if transport == source.transport { source.local } else { nowhere };
    Flow { transport, local, remote, connection: None }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(remote: &str) -> Flow {
        let local = "192.0.2.1:5060".parse().unwrap();
        Flow { transport: Transport::Udp, local, remote: remote.parse().unwrap(), connection: None }
    }

    fn dialog(routes: &[&str]) -> Dialog {
        Dialog {
            call_id: (*b"c").into(),
            local_tag: 1,
            remote_tag: (*b"r").into(),
            local: (*b"<sip:me@x>").into(),
            remote: (*b"<sip:you@y>").into(),
            target: (*b"sip:you@192.0.2.9:5070").into(),
            routes: routes.iter().map(|r| r.as_bytes().into()).collect(),
            local_cseq: 1,
            remote_cseq: None,
            flow: flow("192.0.2.9:5060"),
        }
    }

    #[test]
    fn loose_and_strict_routes_are_followed() {
        let sent_by = "192.0.2.1:5060".parse().unwrap();
        let text = |d: &Dialog| String::from_utf8(d.request(Method::Bye, 2, 7, sent_by).into_bytes()).unwrap();
        let loose = text(&dialog(&["<sip:p1@192.0.2.3;lr>", "<sip:p2@192.0.2.4;lr>"]));
        assert!(loose.starts_with("BYE sip:you@192.0.2.9:5070 SIP/2.0\r\n"));
        assert!(loose.contains("Route: <sip:p1@192.0.2.3;lr>\r\nRoute: <sip:p2@192.0.2.4;lr>\r\n"));
        let strict = text(&dialog(&["<sip:p1@192.0.2.3>", "<sip:p2@192.0.2.4;lr>"]));
        assert!(strict.starts_with("BYE sip:p1@192.0.2.3 SIP/2.0\r\n"));
        assert!(strict.contains("Route: <sip:p2@192.0.2.4;lr>\r\nRoute: <sip:you@192.0.2.9:5070>\r\n"));
    }

    #[test]
    fn interop_10_a_private_contact_behind_a_nat_is_reached_where_it_came_from() {
        let source = flow("198.51.100.7:40123");
        assert_eq!(next_hop(&[], b"sip:a@192.168.1.5:5060", &source), source);
        assert_eq!(next_hop(&[], b"sip:a@pbx.example.com", &source), source);
        assert_eq!(next_hop(&[], b"sip:a@198.51.100.7:5070", &source).remote, "198.51.100.7:5070".parse().unwrap());
        let route: Box<[u8]> = (*b"<sip:198.51.100.9;lr;transport=tcp>").into();
        let hop = next_hop(&[route], b"sip:a@192.168.1.5", &source);
        assert_eq!((hop.remote, hop.transport), ("198.51.100.9:5060".parse().unwrap(), Transport::Tcp));
    }
}
