//! Hours of operation.

use super::nouns::*;
use twinline_api::rest::hours::{Hours as View, HoursSpec, Opening};
use twinline_model::*;

impl Managed for Hours {
    type Spec = HoursSpec;
    type View = View;
    const WORD: &'static str = "hours of operation";

    fn fresh_id(bits: u128) -> HoursId {
        HoursId::from_bits(bits)
    }

    fn build(id: HoursId, spec: HoursSpec, _before: Option<&Self>, _centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        if jiff::tz::TimeZone::get(&spec.time_zone).is_err() {
            return Err(Refusal::new("unknown_time_zone", "This time zone is not known.")
                .field("time_zone")
                .remedy("Give an IANA name, for example Asia/Seoul or Europe/Berlin."));
        }
        check_range("open", u32::try_from(spec.open.len()).unwrap_or(u32::MAX), 0..=100)?;
        for (index, opening) in spec.open.iter().enumerate() {
            check_range(&format!("open[{index}].start_min"), u32::from(opening.start_min), 0..=1_439)?;
            check_range(&format!("open[{index}].end_min"), u32::from(opening.end_min), 0..=1_439)?;
        }
        let open = spec.open.iter().map(|opening| OpenPeriod {
            day: opening.day,
            start_min: opening.start_min,
            end_min: opening.end_min,
        });
        Ok(Hours { id, name: spec.name, time_zone: spec.time_zone, open: open.collect() })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        let open = self.open.iter().map(|period| Opening {
            day: period.day,
            start_min: period.start_min,
            end_min: period.end_min,
        });
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(HoursId::KIND, self.id),
            version,
            spec: HoursSpec { name: self.name.clone(), time_zone: self.time_zone.clone(), open: open.collect() },
        }
    }

    fn used_by(id: HoursId, centre: &Centre) -> Vec<String> {
        let text = id.to_string();
        let queues = centre.queues.values().filter(|queue| queue.hours == Some(id));
        let flows = centre.flows.values().filter(|flow| flow.content.contains(&text));
        queues
            .map(|queue| format!("queue {}", queue.name))
            .chain(flows.map(|flow| format!("flow {}", flow.name)))
            .collect()
    }
}
