// The contact record as it travels: the published contact record format, members the console reads.

export interface ContactRecord {
  ContactId: string;
  InitialContactId: string | null;
  PreviousContactId: string | null;
  NextContactId: string | null;
  Channel: 'VOICE' | 'CHAT' | 'TASK';
  InitiationMethod: 'INBOUND' | 'OUTBOUND' | 'TRANSFER' | 'QUEUE_TRANSFER' | 'CALLBACK' | 'API';
  InitiationTimestamp: string;
  ConnectedToSystemTimestamp: string | null;
  DisconnectTimestamp: string | null;
  DisconnectReason: string | null;
  CustomerEndpoint: { Address: string } | null;
  SystemEndpoint: { Address: string } | null;
  Agent: {
    Username: string;
    ConnectedToAgentTimestamp: string;
    AgentInteractionDuration: number;
    AfterContactWorkDuration: number | null;
    CustomerHoldDuration: number;
    NumberOfHolds: number;
  } | null;
  AgentConnectionAttempts: number;
  Queue: { Name: string; Duration: number; EnqueueTimestamp: string; DequeueTimestamp: string | null } | null;
  Attributes: Record<string, string>;
  Recordings: ContactRecording[];
  Flows: Record<string, number>;
  Disposition: string | null;
  Note: string | null;
  Quality: LegQuality[];
}

export interface ContactRecording {
  RecordingId: string;
  Status: 'AVAILABLE' | 'INCOMPLETE' | 'DELETED';
  StartTimestamp: string;
  DurationMs: number;
}

export interface LegQuality {
  Participant: string;
  Codec: string;
  PacketsReceived: number;
  PacketsLost: number;
  JitterMs: number;
  RoundTripMs: number | null;
  RFactor: number;
  MosCqe: number;
}
