//! Whatever comes, nothing panics and the neighbour notices nothing.

use proptest::prelude::*;

use super::*;

fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let any_bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let rtp_like = (any_bytes.clone(), any::<u8>(), any::<u8>()).prop_map(|(mut bytes, first, second)| {
        bytes.splice(0..0, [0x80 | first & 0x3f, second]);
        bytes
    });
    let stun_like = any_bytes.clone().prop_map(|bytes| {
        let mut stun = vec![0, 1, 0, bytes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        stun.extend_from_slice(&[9; 12]);
        stun.extend(bytes);
        stun
    });
    prop_oneof![any_bytes, rtp_like, stun_like]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn random_datagrams_disturb_nobody(datagrams in proptest::collection::vec((datagram(), 0u8..4, any::<bool>()), 1..60)) {
        let mut world = World::new();
        let (mut a, b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 440.0));
        let victim = Phone::new(30, Codec::Opus, 440.0);
        for (number, phone) in [(1, &a), (2, &b), (3, &victim)] {
            world.call(leg(number), phone);
        }
        world.engine.join(world.now, RoomKey(1), leg(1)).unwrap();
        world.engine.join(world.now, RoomKey(1), leg(2)).unwrap();
        world.engine.join(world.now, RoomKey(2), leg(3)).unwrap();
        for (bytes, host, webrtc) in datagrams {
            let from = if host == 0 { victim.at } else { address(90 + host, 4_000) };
            world.deliver(if webrtc { WEBRTC } else { SHARED }, from, &bytes);
            world.talk(&mut [&mut a], FRAME);
        }
        let heard = world.heard(b.at);
        prop_assert_eq!(heard.len(), a.said.len());
        assert_one_stream(&heard);
    }
}
