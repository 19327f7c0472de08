// Types of the REST contract, generated from server/api/openapi.json by generate.mjs. Not to be edited.

export interface paths {
    "/api/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document to read */
        get: operations["docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, newest first */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ccp/socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The CCP's WebSocket; the token travels in its first message */
        get: operations["ccp.socket"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contact records, newest first; agents see their own */
        get: operations["contacts.search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contact record */
        get: operations["contacts.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a contact, in words */
        get: operations["contacts.timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Paired endpoints; agents see their own */
        get: operations["devices.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a pairing */
        delete: operations["devices.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server-sent events: `live` (the live view when it changes), `happened` (each event of the history; id = its number, resume with Last-Event-ID) */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: flow */
        get: operations["flows.list"];
        put?: never;
        /** Add a flow */
        post: operations["flows.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check a flow without saving it */
        post: operations["flows.check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One flow */
        get: operations["flows.get"];
        /** Replace a flow */
        put: operations["flows.replace"];
        post?: never;
        /** Delete a flow */
        delete: operations["flows.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: hours of operation */
        get: operations["hours.list"];
        put?: never;
        /** Add a hours of operation */
        post: operations["hours.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hours/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One hours of operation */
        get: operations["hours.get"];
        /** Replace a hours of operation */
        put: operations["hours.replace"];
        post?: never;
        /** Delete a hours of operation */
        delete: operations["hours.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Queues, waiting contacts and agents now */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: number */
        get: operations["numbers.list"];
        put?: never;
        /** Add a number */
        post: operations["numbers.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/numbers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One number */
        get: operations["numbers.get"];
        /** Replace a number */
        put: operations["numbers.replace"];
        post?: never;
        /** Delete a number */
        delete: operations["numbers.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: prompt */
        get: operations["prompts.list"];
        put?: never;
        /** Add a prompt */
        post: operations["prompts.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One prompt */
        get: operations["prompts.get"];
        /** Replace a prompt */
        put: operations["prompts.replace"];
        post?: never;
        /** Delete a prompt */
        delete: operations["prompts.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prompts/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sound of a prompt */
        get: operations["prompts.get_audio"];
        /** Send the sound of a prompt, WAV or Ogg, at most 20 MB */
        put: operations["prompts.put_audio"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: queue */
        get: operations["queues.list"];
        put?: never;
        /** Add a queue */
        post: operations["queues.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queues/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One queue */
        get: operations["queues.get"];
        /** Replace a queue */
        put: operations["queues.replace"];
        post?: never;
        /** Delete a queue */
        delete: operations["queues.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quick_connects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: quick connect */
        get: operations["quick_connects.list"];
        put?: never;
        /** Add a quick connect */
        post: operations["quick_connects.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quick_connects/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One quick connect */
        get: operations["quick_connects.get"];
        /** Replace a quick connect */
        put: operations["quick_connects.replace"];
        post?: never;
        /** Delete a quick connect */
        delete: operations["quick_connects.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One recording */
        get: operations["recordings.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sound, WAV, customer left and agent right; byte ranges are honoured; every listening is audited */
        get: operations["recordings.audio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/recordings/{id}/peaks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Peaks to draw the recording */
        get: operations["recordings.peaks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routing_profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: routing profile */
        get: operations["routing_profiles.list"];
        put?: never;
        /** Add a routing profile */
        post: operations["routing_profiles.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routing_profiles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One routing profile */
        get: operations["routing_profiles.get"];
        /** Replace a routing profile */
        put: operations["routing_profiles.replace"];
        post?: never;
        /** Delete a routing profile */
        delete: operations["routing_profiles.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in */
        get: operations["session.get"];
        put?: never;
        /** Sign in */
        post: operations["session.create"];
        /** Sign out */
        delete: operations["session.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Settings of the centre */
        get: operations["settings.get"];
        /** Replace the settings of the centre */
        put: operations["settings.put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statuses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: status */
        get: operations["statuses.list"];
        put?: never;
        /** Add a status */
        post: operations["statuses.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statuses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One status */
        get: operations["statuses.get"];
        /** Replace a status */
        put: operations["statuses.replace"];
        post?: never;
        /** Delete a status */
        delete: operations["statuses.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: trunk */
        get: operations["trunks.list"];
        put?: never;
        /** Add a trunk */
        post: operations["trunks.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trunks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One trunk */
        get: operations["trunks.get"];
        /** Replace a trunk */
        put: operations["trunks.replace"];
        post?: never;
        /** Delete a trunk */
        delete: operations["trunks.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All, by name: user */
        get: operations["users.list"];
        put?: never;
        /** Add a user */
        post: operations["users.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user */
        get: operations["users.get"];
        /** Replace a user */
        put: operations["users.replace"];
        post?: never;
        /** Delete a user */
        delete: operations["users.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process lives */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus metrics, for this host and for administrators */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Calls are taken; 503 while not */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AuditEntry: {
            /** @description `queue.create`, `recording.play` … */
            action: string;
            actor: string;
            after?: Record<string, never> | null;
            /** Format: int64 */
            at_ms: number;
            before?: Record<string, never> | null;
            /** Format: int64 */
            seq: number;
            target: string;
        };
        AuditEntryPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        /** @description A contact record. Members as in the published contact record format: `ContactId`, `InitiationTimestamp`, `Queue` … */
        Contact: Record<string, never>;
        ContactPage: {
            items: components["schemas"]["Contact"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        Device: {
            /** Format: uuid */
            agent: string;
            /** Format: int64 */
            created_ms: number;
            /** Format: uuid */
            id: string;
            /** @description Host name of the endpoint. */
            name: string;
            platform: string;
            /** Format: int64 */
            seen_ms: number;
            username: string;
        };
        DevicePage: {
            items: components["schemas"]["Device"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        /** @description The version of a flow is its published version. */
        Flow: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** @description The document, Version 2019-10-30. */
            content: Record<string, never>;
            description: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["FlowKind"];
            name: string;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        /** @description What is wrong with, or doubtful in, a flow. */
        FlowFinding: {
            /** @description Identifier of the action, when it is about one. */
            action?: string | null;
            /** @description Stable code. */
            code: string;
            field?: string | null;
            message: string;
            remedy?: string | null;
            /** @description `error` or `warning` */
            severity: string;
        };
        FlowFindings: {
            findings: components["schemas"]["FlowFinding"][];
        };
        /** @enum {string} */
        FlowKind: "CONTACT_FLOW" | "CUSTOMER_QUEUE" | "CUSTOMER_HOLD" | "CUSTOMER_WHISPER" | "AGENT_HOLD" | "AGENT_WHISPER" | "OUTBOUND_WHISPER" | "AGENT_TRANSFER" | "QUEUE_TRANSFER" | "CAMPAIGN" | "MODULE";
        FlowPage: {
            items: components["schemas"]["Flow"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        FlowSpec: {
            /** @description The document, Version 2019-10-30. */
            content: Record<string, never>;
            description?: string;
            kind: components["schemas"]["FlowKind"];
            name: string;
        };
        Health: {
            /** @description What is not ready, by stable names. */
            problems: string[];
            /** @description `ok` or `not_ready` */
            status: string;
            version: string;
        };
        Hours: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** Format: uuid */
            id: string;
            name: string;
            open: components["schemas"]["Opening"][];
            /** @description IANA name, for example `Asia/Seoul`. */
            time_zone: string;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        HoursPage: {
            items: components["schemas"]["Hours"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        HoursSpec: {
            name: string;
            open: components["schemas"]["Opening"][];
            /** @description IANA name, for example `Asia/Seoul`. */
            time_zone: string;
        };
        LiveAgent: {
            /** @description `offline custom available incoming connecting connected hold acw missed rejected error` */
            activity: string;
            contacts: string[];
            /** @description Name of the paired endpoint, when it is connected. */
            device_name?: string | null;
            /** Format: uuid */
            id: string;
            media_ready: boolean;
            name: string;
            /** Format: uuid */
            next_status?: string | null;
            not_routable_why?: string | null;
            path: components["schemas"]["MediaPath"];
            routable: boolean;
            /** Format: int64 */
            since_ms: number;
            /** Format: uuid */
            status?: string | null;
            /** @description Name of the status that was chosen. */
            status_name: string;
            username: string;
        };
        LiveContact: {
            /** Format: uuid */
            agent?: string | null;
            channel: string;
            customer: string;
            customer_name: string;
            /** Format: int64 */
            enqueued_ms?: number | null;
            /** Format: uuid */
            id: string;
            /** Format: int64 */
            initiated_ms: number;
            method: string;
            /** Format: uuid */
            queue?: string | null;
            /** Format: int64 */
            since_ms: number;
            /** @description `arrived in_flow queued offered accepted connected on_hold …` */
            state: string;
        };
        LiveQueue: {
            /**
             * Format: int32
             * @description Likewise: the customer left while queued.
             */
            abandoned?: number;
            /**
             * Format: int32
             * @description Would be offered a contact now.
             */
            agents_available: number;
            /**
             * Format: int32
             * @description Not offline.
             */
            agents_online: number;
            /**
             * Format: int32
             * @description Online and not in a custom status.
             */
            agents_staffed: number;
            /**
             * Format: int32
             * @description Today (UTC), or since the server started: connected to an agent.
             */
            handled?: number;
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: int64
             * @description When the longest-waiting contact was enqueued.
             */
            oldest_ms?: number | null;
            /**
             * Format: int32
             * @description In the queue, those being offered to an agent included.
             */
            waiting: number;
            /**
             * Format: int32
             * @description Likewise: left the queue, either way, within its service level.
             */
            within_service_level?: number;
        };
        /** @description The centre at one moment, at most 2 s old. */
        LiveView: {
            agents: components["schemas"]["LiveAgent"][];
            /** Format: int64 */
            as_of_ms: number;
            /** @description Contacts under way, oldest first; cut at 500. */
            contacts: components["schemas"]["LiveContact"][];
            /**
             * Format: int32
             * @description All contacts under way, shown or not.
             */
            contacts_total: number;
            queues: components["schemas"]["LiveQueue"][];
        };
        Me: {
            /** Format: uuid */
            id: string;
            /** @description `ko` or `en` */
            language: string;
            name: string;
            roles: components["schemas"]["Role"][];
            username: string;
        };
        /** @enum {string} */
        MediaPath: "local" | "session" | "phone" | "none";
        /** @enum {string} */
        MediaPathPolicy: "local_only" | "local_else_session" | "session_only" | "phone";
        Number: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            description: string;
            /** Format: uuid */
            flow: string | null;
            /** Format: uuid */
            id: string;
            /** @description As dialled; compared without `-`, `.`, spaces and parentheses. */
            number: string;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        NumberPage: {
            items: components["schemas"]["Number"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        NumberSpec: {
            description?: string;
            /** Format: uuid */
            flow?: string | null;
            /** @description As dialled; compared without `-`, `.`, spaces and parentheses. */
            number: string;
        };
        /** @description An end that is not after the start belongs to the next day; 00:00–00:00 is the whole day. */
        Opening: {
            day: components["schemas"]["Weekday"];
            /**
             * Format: int32
             * @description Minutes after local midnight, 0–1439; exclusive.
             */
            end_min: number;
            /**
             * Format: int32
             * @description Minutes after local midnight, 0–1439.
             */
            start_min: number;
        };
        /** @description Loudest sample of each slice, 0–1, for each channel: customer, agent. */
        Peaks: {
            channels: number[][];
            /** Format: int64 */
            duration_ms: number;
        };
        /** @description RFC 9457 problem details. `code` is stable; the texts may change. */
        Problem: {
            code: string;
            /** @description One sentence: what is wrong. */
            detail: string;
            /** @description The member, parameter or header at fault. */
            field?: string | null;
            /** @description One sentence: what to do about it. */
            remedy?: string | null;
            /** Format: int32 */
            status: number;
            title: string;
            /** @description `urn:twinline:problem:<code>` */
            type: string;
        };
        ProfileQueue: {
            /**
             * Format: int32
             * @description A contact must have waited this long before these agents are asked, in seconds.
             */
            delay_s?: number;
            /**
             * Format: int32
             * @description 1 is served first.
             */
            priority?: number;
            /** Format: uuid */
            queue: string;
        };
        Prompt: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            description: string;
            /** @description File name below `prompts/`, WAV or Ogg; made by the server when left out. */
            file: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        PromptPage: {
            items: components["schemas"]["Prompt"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        PromptSpec: {
            description?: string;
            /** @description File name below `prompts/`, WAV or Ogg; made by the server when left out. */
            file?: string | null;
            name: string;
        };
        Queue: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            description: string;
            /** Format: uuid */
            hours: string | null;
            /** Format: uuid */
            id: string;
            /**
             * Format: int32
             * @description Most contacts that may wait.
             */
            max_contacts: number | null;
            name: string;
            /** @description Caller number shown on calls that go out for this queue. */
            outbound_caller_id: string | null;
            quick_connects: string[];
            /**
             * Format: int32
             * @description How long an agent is rung before the offer is missed, in seconds, 5–60.
             */
            ring_timeout_s: number;
            /**
             * Format: int32
             * @description Service-level threshold in seconds, 1–604,800.
             */
            service_level_s: number;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        QueuePage: {
            items: components["schemas"]["Queue"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        QueueSpec: {
            description?: string;
            /** Format: uuid */
            hours?: string | null;
            /**
             * Format: int32
             * @description Most contacts that may wait.
             */
            max_contacts?: number | null;
            name: string;
            /** @description Caller number shown on calls that go out for this queue. */
            outbound_caller_id?: string | null;
            quick_connects?: string[];
            /**
             * Format: int32
             * @description How long an agent is rung before the offer is missed, in seconds, 5–60.
             */
            ring_timeout_s?: number;
            /**
             * Format: int32
             * @description Service-level threshold in seconds, 1–604,800.
             */
            service_level_s?: number;
        };
        QuickConnect: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** Format: uuid */
            id: string;
            name: string;
            target: components["schemas"]["QuickConnectTarget"];
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        QuickConnectPage: {
            items: components["schemas"]["QuickConnect"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        QuickConnectSpec: {
            name: string;
            target: components["schemas"]["QuickConnectTarget"];
        };
        QuickConnectTarget: {
            number: string;
            /** @enum {string} */
            type: "phone_number";
        } | {
            /** Format: uuid */
            agent: string;
            /** Format: uuid */
            flow?: string | null;
            /** @enum {string} */
            type: "agent";
        } | {
            /** Format: uuid */
            flow?: string | null;
            /** Format: uuid */
            queue: string;
            /** @enum {string} */
            type: "queue";
        };
        Recording: {
            /** Format: uuid */
            contact: string;
            /** Format: int64 */
            duration_ms: number;
            /** Format: uuid */
            id: string;
            started: string;
            /** @description `AVAILABLE`, `INCOMPLETE` or `DELETED` */
            status: string;
        };
        /** @enum {string} */
        Role: "agent" | "supervisor" | "vdi_team" | "admin";
        RoutingProfile: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** Format: uuid */
            id: string;
            media_path_policy: components["schemas"]["MediaPathPolicy"];
            name: string;
            /**
             * Format: uuid
             * @description Queue that outbound calls are made for.
             */
            outbound_queue: string | null;
            queues: components["schemas"]["ProfileQueue"][];
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
            /**
             * Format: int32
             * @description Voice contacts at once, 0–2.
             */
            voice_slots: number;
        };
        RoutingProfilePage: {
            items: components["schemas"]["RoutingProfile"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        RoutingProfileSpec: {
            media_path_policy?: components["schemas"]["MediaPathPolicy"];
            name: string;
            /**
             * Format: uuid
             * @description Queue that outbound calls are made for.
             */
            outbound_queue?: string | null;
            queues: components["schemas"]["ProfileQueue"][];
            /**
             * Format: int32
             * @description Voice contacts at once, 0–2.
             */
            voice_slots?: number;
        };
        Session: {
            /**
             * Format: int64
             * @description Milliseconds since the epoch; moves on while the token is used.
             */
            expires_ms: number;
            /** @description Bearer token; shown once. Absent when the session is only looked at. */
            token?: string | null;
            user: components["schemas"]["Me"];
        };
        Settings: {
            arn: string;
            /** Format: uuid */
            default_hold_flow: string | null;
            /** Format: uuid */
            default_queue_flow: string | null;
            /** @description Disposition codes an agent may choose after a contact, at most 200. */
            dispositions: string[];
            /** Format: uuid */
            instance: string;
            name: string;
        };
        SettingsSpec: {
            /** Format: uuid */
            default_hold_flow?: string | null;
            /** Format: uuid */
            default_queue_flow?: string | null;
            /** @description Disposition codes an agent may choose after a contact, at most 200. */
            dispositions?: string[];
        };
        SignIn: {
            /** Format: password */
            password: string;
            username: string;
        };
        /** @enum {string} */
        SipTransport: "udp" | "tcp";
        Status: {
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** Format: uuid */
            id: string;
            kind: components["schemas"]["StatusKind"];
            name: string;
            /**
             * Format: int32
             * @description Position in the list.
             */
            order: number;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        /** @enum {string} */
        StatusKind: "ROUTABLE" | "CUSTOM" | "OFFLINE";
        StatusPage: {
            items: components["schemas"]["Status"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        StatusSpec: {
            kind: components["schemas"]["StatusKind"];
            name: string;
            /**
             * Format: int32
             * @description Position in the list.
             */
            order?: number;
        };
        Timeline: {
            entries: components["schemas"]["TimelineEntry"][];
        };
        /** @description One thing that happened to a contact. */
        TimelineEntry: {
            /**
             * Format: int64
             * @description Milliseconds since the epoch.
             */
            at_ms: number;
            /** @description What the sentence is filled with; names of queues, people and flows as they are now. */
            data: {
                [key: string]: string;
            };
            /** @description Fine detail (each action of a flow, quality each 5 s), for those who ask. */
            detail: boolean;
            /** @description Stable key of the sentence: `queued`, `offered`, `connected_to_agent` … */
            key: string;
            /**
             * Format: int64
             * @description Milliseconds since the first entry.
             */
            offset_ms: number;
            /**
             * Format: int64
             * @description Place in the history of the whole centre.
             */
            seq: number;
            /** @description The sentence in the language asked for. */
            text: string;
        };
        Trunk: {
            arn: string;
            /** Format: uuid */
            id: string;
            /** @description The peer must answer our challenge before its calls are taken. */
            inbound_auth: boolean;
            name: string;
            /** @description Outbound numbers allowed, as prefixes; empty: none. */
            outbound_prefixes: string[];
            /** @description A password is stored. */
            password_set: boolean;
            /** @description REGISTER here (`sip:provider.example`) and keep it alive. */
            registrar: string | null;
            /** @description Sources whose calls are taken without challenge: addresses or CIDR blocks. */
            sources: string[];
            /** @description Where outbound calls go: `host[:port]`, IPv6 in brackets. */
            target: string | null;
            transport: components["schemas"]["SipTransport"];
            username: string | null;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        TrunkPage: {
            items: components["schemas"]["Trunk"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        TrunkSpec: {
            /** @description The peer must answer our challenge before its calls are taken. */
            inbound_auth?: boolean;
            name: string;
            /** @description Outbound numbers allowed, as prefixes; empty: none. */
            outbound_prefixes?: string[];
            /**
             * Format: password
             * @description Only written, never read. Left out of an edit: stays as it is; empty: removed.
             */
            password?: string | null;
            /** @description REGISTER here (`sip:provider.example`) and keep it alive. */
            registrar?: string | null;
            /** @description Sources whose calls are taken without challenge: addresses or CIDR blocks. */
            sources?: string[];
            /** @description Where outbound calls go: `host[:port]`, IPv6 in brackets. */
            target?: string | null;
            transport?: components["schemas"]["SipTransport"];
            username?: string | null;
        };
        User: {
            /**
             * Format: int32
             * @description Longest after-contact work in seconds, 0–3600; 0: no limit.
             */
            acw_limit_s: number;
            /** @description `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>/<kind>/<uuid>` */
            arn: string;
            /** @description Accept without pressing, after a beep and one second. */
            auto_accept: boolean;
            desk_phone: string | null;
            first_name: string;
            /** Format: uuid */
            id: string;
            /** @description `ko` or `en` */
            language: string;
            last_name: string;
            roles: components["schemas"]["Role"][];
            /** Format: uuid */
            routing_profile: string | null;
            /** @description Sign-in name, unique, 1–64 characters. */
            username: string;
            /**
             * Format: int64
             * @description Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
             */
            version: number;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** @description Cursor of the following page */
            next?: string | null;
        };
        UserSpec: {
            /**
             * Format: int32
             * @description Longest after-contact work in seconds, 0–3600; 0: no limit.
             */
            acw_limit_s?: number;
            /** @description Accept without pressing, after a beep and one second. */
            auto_accept?: boolean;
            desk_phone?: string | null;
            first_name?: string;
            /** @description `ko` or `en` */
            language?: string;
            last_name?: string;
            /**
             * Format: password
             * @description 10–256 characters; only written, never read. Left out of an edit: stays as it is.
             */
            password?: string | null;
            roles: components["schemas"]["Role"][];
            /** Format: uuid */
            routing_profile?: string | null;
            /** @description Sign-in name, unique, 1–64 characters. */
            username: string;
        };
        /** @enum {string} */
        Weekday: "MONDAY" | "TUESDAY" | "WEDNESDAY" | "THURSDAY" | "FRIDAY" | "SATURDAY" | "SUNDAY";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document to read */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who did what, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "ccp.socket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The CCP's WebSocket; the token travels in its first message */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "contacts.search": {
        parameters: {
            query?: {
                /** @description Initiated at or after, RFC 3339 */
                from?: string;
                /** @description Initiated before, RFC 3339 */
                to?: string;
                /** @description Id of the queue */
                queue?: string;
                /** @description Id of the agent */
                agent?: string;
                /** @description Part of the customer's number */
                customer?: string;
                /** @description VOICE, CHAT or TASK */
                channel?: string;
                /** @description INBOUND, OUTBOUND, TRANSFER, QUEUE_TRANSFER, CALLBACK or API */
                method?: string;
                /** @description Disposition code */
                disposition?: string;
                /** @description true: only those that left the queue before an agent */
                abandoned?: string;
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Contact records, newest first; agents see their own */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "contacts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One contact record */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "contacts.timeline": {
        parameters: {
            query?: {
                /** @description ko or en; the person's own when left out */
                language?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happened to a contact, in words */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Paired endpoints; agents see their own */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DevicePage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "devices.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forget a pairing */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events: `live` (the live view when it changes), `happened` (each event of the history; id = its number, resume with Last-Event-ID) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowSpec"];
            };
        };
        responses: {
            /** @description Add a flow */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowSpec"];
            };
        };
        responses: {
            /** @description Check a flow without saving it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowFindings"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FlowSpec"];
            };
        };
        responses: {
            /** @description Replace a flow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "flows.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a flow */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hours.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: hours of operation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HoursPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hours.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoursSpec"];
            };
        };
        responses: {
            /** @description Add a hours of operation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hours.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One hours of operation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hours.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoursSpec"];
            };
        };
        responses: {
            /** @description Replace a hours of operation */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hours"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "hours.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a hours of operation */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Queues, waiting contacts and agents now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveView"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "numbers.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: number */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NumberPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "numbers.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NumberSpec"];
            };
        };
        responses: {
            /** @description Add a number */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "numbers.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One number */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "numbers.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NumberSpec"];
            };
        };
        responses: {
            /** @description Replace a number */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "numbers.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a number */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: prompt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PromptPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptSpec"];
            };
        };
        responses: {
            /** @description Add a prompt */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One prompt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PromptSpec"];
            };
        };
        responses: {
            /** @description Replace a prompt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a prompt */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.get_audio": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sound of a prompt */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/ogg": unknown;
                    "audio/wav": unknown;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prompts.put_audio": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/ogg": unknown;
                "audio/wav": unknown;
            };
        };
        responses: {
            /** @description Send the sound of a prompt, WAV or Ogg, at most 20 MB */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "queues.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: queue */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueuePage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "queues.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueSpec"];
            };
        };
        responses: {
            /** @description Add a queue */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "queues.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One queue */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "queues.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueueSpec"];
            };
        };
        responses: {
            /** @description Replace a queue */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "queues.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a queue */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "quick_connects.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: quick connect */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickConnectPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "quick_connects.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuickConnectSpec"];
            };
        };
        responses: {
            /** @description Add a quick connect */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickConnect"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "quick_connects.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One quick connect */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickConnect"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "quick_connects.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuickConnectSpec"];
            };
        };
        responses: {
            /** @description Replace a quick connect */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuickConnect"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "quick_connects.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a quick connect */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "recordings.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One recording */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "recordings.audio": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sound, WAV, customer left and agent right; byte ranges are honoured; every listening is audited */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": unknown;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "recordings.peaks": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Peaks to draw the recording */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peaks"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "routing_profiles.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: routing profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingProfilePage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "routing_profiles.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoutingProfileSpec"];
            };
        };
        responses: {
            /** @description Add a routing profile */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingProfile"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "routing_profiles.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One routing profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingProfile"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "routing_profiles.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoutingProfileSpec"];
            };
        };
        responses: {
            /** @description Replace a routing profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingProfile"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "routing_profiles.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a routing profile */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "session.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "session.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Sign in */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "session.delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sign out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "settings.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Settings of the centre */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "settings.put": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsSpec"];
            };
        };
        responses: {
            /** @description Replace the settings of the centre */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "statuses.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "statuses.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusSpec"];
            };
        };
        responses: {
            /** @description Add a status */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "statuses.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "statuses.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StatusSpec"];
            };
        };
        responses: {
            /** @description Replace a status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "statuses.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a status */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trunks.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: trunk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trunks.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkSpec"];
            };
        };
        responses: {
            /** @description Add a trunk */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trunks.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One trunk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trunks.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrunkSpec"];
            };
        };
        responses: {
            /** @description Replace a trunk */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "trunks.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a trunk */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.list": {
        parameters: {
            query?: {
                /** @description `next` of the page before */
                cursor?: string;
                /** @description Items at most, 1–1000; 100 when left out */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All, by name: user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A repeated request with the same key acts once and is answered the same */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSpec"];
            };
        };
        responses: {
            /** @description Add a user */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.replace": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSpec"];
            };
        };
        responses: {
            /** @description Replace a user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "users.delete": {
        parameters: {
            query?: never;
            header: {
                /** @description ETag of the version that was seen; 412 when it was changed meanwhile */
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Delete a user */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process lives */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus metrics, for this host and for administrators */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Calls are taken; 503 while not */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
