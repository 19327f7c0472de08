//! What the demo call showed: one JSON object, and the same in plain words.

use serde::Serialize;
use serde_json::Value;

/// The result of one demo call. Times are milliseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The caller's INVITE was answered.
    pub call_answered: bool,
    /// The digit that the caller pressed last, as the flow took it.
    pub ivr_digit: Option<String>,
    pub queue_wait_ms: Option<f64>,
    pub offer_to_ring_ms: OfferToRing,
    /// From the press of Accept to the first packet that the caller heard of the room.
    pub accept_to_audio_ms: Option<f64>,
    /// PESQ (ITU-T P.862, narrow band) of real speech, or null; `pesq_note` says why.
    pub pesq_customer_to_agent: Option<f64>,
    pub pesq_agent_to_customer: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pesq_note: Option<String>,
    pub recording_seconds: Option<f64>,
    pub contact_record: Value,
    /// What failed, in words; empty when the call went as it should.
    pub failures: Vec<String>,
}

/// From the server's offer until both halves of the agent's phone rang.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OfferToRing {
    pub ccp: Option<f64>,
    pub media_agent: Option<f64>,
}

impl Report {
    pub fn succeeded(&self) -> bool {
        self.failures.is_empty()
    }

    /// For people.
    pub fn print(&self, timeline: &[String]) {
        println!("\nThe call, as its contact record tells it:");
        for line in timeline {
            println!("  {line}");
        }
        println!();
        let ms = |value: Option<f64>| value.map_or("not seen".to_owned(), |value| format!("{value:.1} ms"));
        println!("  waited in the queue        {}", ms(self.queue_wait_ms));
        println!("  offer to ring, CCP         {}", ms(self.offer_to_ring_ms.ccp));
        println!("  offer to ring, media agent {}", ms(self.offer_to_ring_ms.media_agent));
        println!("  accept to audio            {}", ms(self.accept_to_audio_ms));
        let score = |value: Option<f64>| value.map_or("not measured".to_owned(), |value| format!("{value:.2} of 4.55"));
        println!("  PESQ customer to agent     {}", score(self.pesq_customer_to_agent));
        println!("  PESQ agent to customer     {}", score(self.pesq_agent_to_customer));
        if let Some(note) = &self.pesq_note {
            println!("    ({note})");
        }
        println!(
            "  recording                  {}",
            self.recording_seconds.map_or("none".to_owned(), |s| format!("{s:.1} s"))
        );
        for failure in &self.failures {
            println!("  FAILED: {failure}");
        }
    }
}
