//! The contact record: what stays of a contact.

use super::*;

impl Contact {
    /// The record as it is now. Names come from the configuration, as far as it still has them.
    pub fn record(&self, centre: &Centre, now: Timestamp) -> ContactRecord {
        let instance = &centre.instance;
        let reason = match self.state {
            State::Disconnected { reason } => Some(reason),
            _ => None,
        };
        ContactRecord {
            format_version: "2017-03-10".to_owned(),
            instance_arn: instance.arn(),
            contact_id: self.id(),
            initial_contact_id: self.data.initial_contact,
            previous_contact_id: self.data.previous_contact,
            next_contact_id: self.next,
            channel: self.data.channel,
            initiation_method: self.data.method,
            initiation_timestamp: self.initiated.to_rfc3339(),
            connected_to_system_timestamp: self.connected_to_system.map(Timestamp::to_rfc3339),
            disconnect_timestamp: self.disconnected.map(Timestamp::to_rfc3339),
            disconnect_reason: reason,
            transfer_completed_timestamp: self.transfer_completed.map(Timestamp::to_rfc3339),
            transferred_to_endpoint: self.transferred_to.clone(),
            customer_endpoint: Some(self.data.customer.clone()),
            system_endpoint: Some(self.data.system.clone()),
            agent: self.handled.as_ref().map(|handled| handled.record(instance, now)),
            agent_connection_attempts: self.attempts,
            queue: self.wait.as_ref().and_then(|wait| self.queue_record(wait, centre, now)),
            attributes: self.data.attributes.clone(),
            recordings: self.recordings.iter().map(Recording::record).collect(),
            flows: self.flows.clone(),
            disposition: self.disposition.clone(),
            note: (!self.note.is_empty()).then(|| self.note.clone()),
            quality: self.quality.values().cloned().collect(),
            last_update_timestamp: now.to_rfc3339(),
        }
    }

    fn queue_record(&self, wait: &Wait, centre: &Centre, now: Timestamp) -> Option<QueueRecord> {
        let (arn, name) = match (wait.queue, wait.for_agent) {
            (Some(queue), _) => {
                let name = centre.queues.get(&queue).map(|queue| queue.name.clone()).unwrap_or_default();
                (centre.instance.arn_of(QueueId::KIND, queue), name)
            }
            // An agent's own queue has no name in the published shape.
            (None, Some(agent)) => (centre.instance.arn_of("queue/agent", agent), String::new()),
            (None, None) => return None,
        };
        let left = wait.dequeued.or(self.disconnected);
        Some(QueueRecord {
            arn,
            name,
            enqueue_timestamp: wait.enqueued.to_rfc3339(),
            dequeue_timestamp: left.map(Timestamp::to_rfc3339),
            duration: left.unwrap_or(now).since(wait.enqueued).as_secs(),
        })
    }
}

impl Handled {
    fn record(&self, instance: &Instance, now: Timestamp) -> AgentRecord {
        let talked = self.ended.unwrap_or(now).since(self.connected);
        AgentRecord {
            arn: instance.arn_of(AgentId::KIND, self.agent),
            username: self.username.clone(),
            routing_profile: self
                .profile
                .as_ref()
                .map(|(id, name)| NamedArn { arn: instance.arn_of(RoutingProfileId::KIND, id), name: name.clone() }),
            connected_to_agent_timestamp: self.connected.to_rfc3339(),
            // Time in conversation; time on hold is counted apart.
            agent_interaction_duration: talked.saturating_sub(self.hold_total).as_secs(),
            after_contact_work_start_timestamp: self.acw_started.map(Timestamp::to_rfc3339),
            after_contact_work_end_timestamp: self.acw_ended.map(Timestamp::to_rfc3339),
            after_contact_work_duration: self
                .acw_started
                .zip(self.acw_ended)
                .map(|(started, ended)| ended.since(started).as_secs()),
            customer_hold_duration: self.hold_total.as_secs(),
            longest_hold_duration: self.hold_longest.as_secs(),
            number_of_holds: self.holds,
        }
    }
}

impl Recording {
    fn record(&self) -> RecordingRecord {
        let status = match self.closed {
            Some(Closed { complete: true, .. }) => "AVAILABLE",
            _ => "INCOMPLETE",
        };
        RecordingRecord {
            recording_id: self.id,
            status: status.to_owned(),
            location: format!("{}.wav", self.id),
            start_timestamp: self.started.to_rfc3339(),
            stop_timestamp: self.stopped.map(Timestamp::to_rfc3339),
            duration_ms: self.closed.map_or(0, |closed| u64::try_from(closed.duration.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}
