// Korean texts of the CCP: the base catalogue. Its type is what every other language must fill completely.
// Fixed terms: 상담사 agent · 상담 contact · 대기열 queue · 수신 가능 available · 이석 away · 후처리 after-contact work ·
// 보류 hold · 음소거 mute · 호전환 blind transfer.

import { withRo } from './josa';

export const ko = {
  title: '상담 전화 · Twinline',
  titleRinging: (who: string) => `전화 옴 · ${who}`,

  signIn: {
    heading: '로그인',
    username: '사용자 이름',
    password: '비밀번호',
    desktop: '이 데스크톱 이름 (선택)',
    desktopHint: '예: SEOUL-DT-114. 음성 프로그램 창에 표시됩니다.',
    submit: '로그인',
    busy: '확인 중',
    wrong: '사용자 이름 또는 비밀번호가 맞지 않습니다.',
    unreachable: '서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도하세요.',
    tooMany: '시도 횟수가 너무 많습니다. 잠시 후 다시 시도하세요.',
    failed: (code: string) => `로그인하지 못했습니다 (${code}).`,
    expired: '로그인이 만료되었습니다. 다시 로그인하세요.',
    notAgent: '이 계정은 상담사가 아닙니다. 관리자에게 문의하거나 콘솔을 쓰세요.',
    back: '통화 화면으로',
  },

  loading: '서버에서 상태를 받는 중입니다.',

  status: {
    label: '상태',
    choose: '상태 바꾸기. 상담 중에는 다음 상태로 예약됩니다.',
    next: (name: string) => `다음 상태: ${name}`,
    cancelNext: '예약 취소',
    since: '이 상태로 지난 시간',
    remaining: '남은 시간',
    age: '마지막으로 받은 상태의 나이',
    left: (time: string) => `${time} 남음`,
    ago: (time: string) => `${time} 전`,
    none: '상태 없음',
  },

  activity: {
    offline: '오프라인',
    custom: '이석',
    available: '수신 가능',
    incoming: '전화 옴',
    connecting: '연결 중',
    connected: '통화 중',
    hold: '보류 중',
    acw: '후처리',
    missed: '놓친 전화',
    rejected: '거절한 전화',
    error: '연결 실패',
  },

  media: {
    label: '음성',
    path: { local: '음성', session: '음성(VDI 안)', phone: '음성(전화기)', none: '음성' },
    state: {
      unpaired: '연결되지 않음',
      offline: '끊김',
      ready: '준비됨',
      ringing: '울리는 중',
      connecting: '연결 중',
      live: '통화 중',
    },
    quality: { good: '좋음', fair: '보통', poor: '나쁨' },
    muted: '음소거됨',
    notMuted: '마이크 켜짐',
    recording: '녹음',
    pair: '연결하기',
  },

  notice: {
    lost: '서버와 끊겼습니다. 다시 연결하는 중입니다.',
    lostInCall: '서버와 끊겼습니다. 통화는 계속됩니다. 음소거와 종료는 음성 프로그램에서 할 수 있습니다.',
    restarting: '서버를 다시 시작하는 중입니다. 곧 연결됩니다.',
    signInAgain: '로그인이 만료되었습니다. 상담이 끝난 뒤 로그인해도 됩니다.',
    signInNow: '로그인',
    unpaired: '음성 프로그램이 연결되지 않아 전화를 받을 수 없습니다.',
    mediaOffline: (device: string) => `${device}의 음성 프로그램이 끊겨 전화를 받을 수 없습니다. 켜져 있는지 확인하세요.`,
    mediaOfflineInCall: (device: string) => `${device}의 음성 프로그램과 끊겼습니다. 다시 연결되는지 기다리는 중입니다.`,
    mediaNotReady: (reason: string) => `음성이 준비되지 않아 전화를 받을 수 없습니다. ${reason}`,
    mediaReason: {
      local_not_ready: '음성 프로그램의 장치를 확인하세요.',
      session_not_ready: 'VDI 안의 음성을 확인하세요.',
      no_path_ready: '음성 프로그램을 연결하세요.',
      no_desk_phone: '관리자에게 전화기 번호를 등록해 달라고 하세요.',
      no_microphone: '마이크를 찾을 수 없습니다.',
      no_speaker: '스피커를 찾을 수 없습니다.',
      device_lost: '음성 장치가 빠졌습니다.',
      superseded: '다른 PC에서 음성을 쓰고 있습니다.',
    },
    session: '음성이 VDI 안에서 처리됩니다. 음질이 떨어질 수 있습니다.',
    poor: '음질이 나쁩니다. 네트워크와 헤드셋을 확인하세요.',
    ready: '전화를 받을 수 있습니다.',
    away: '상태를 ‘수신 가능’으로 바꾸면 전화가 옵니다.',
    offline: '오프라인입니다. 상태를 고르면 시작합니다.',
    ringing: '여기에서나 음성 프로그램에서 받을 수 있습니다.',
    muted: '음소거되어 고객에게 들리지 않습니다.',
    wrapup: '후처리를 마치면 다시 전화가 옵니다.',
    noProfile: '맡은 대기열이 없습니다. 관리자에게 라우팅 프로필을 확인하세요.',
    notRoutable: '지금은 전화가 오지 않습니다.',
    refused: (what: string, why: string) => `${what}: 하지 못했습니다. ${why}`,
    unconfirmed: (what: string) => `${what}: 확인되지 않았습니다. 화면의 상태를 확인하세요.`,
    muteUnconfirmed: '음성 프로그램이 음소거를 확인하지 않았습니다. 마이크 상태를 확인하세요.',
    unmuteUnconfirmed: '음성 프로그램이 음소거 해제를 확인하지 않았습니다. 마이크 상태를 확인하세요.',
    dismiss: '닫기',
  },

  refusal: {
    not_now: '지금 상태에서는 할 수 없습니다.',
    no_such_contact: '그 상담은 이미 끝났습니다.',
    other_contact_live: '다른 통화가 있습니다. 먼저 보류하거나 끝내세요.',
    contact_active: '고객과 통화 중입니다. 먼저 끝내세요.',
    busy: '남아 있는 상담을 먼저 마치세요.',
    offline: '오프라인에서는 걸 수 없습니다. 상태를 먼저 바꾸세요.',
    not_found: '그 대상이 이제 없습니다.',
    number_not_allowed: '허용되지 않은 번호입니다.',
    invalid_number: '전화번호가 올바르지 않습니다.',
    invalid_digits: '보낼 수 없는 숫자입니다.',
    media_not_ready: '음성이 준비되지 않았습니다.',
    agent_not_reachable: '그 상담사는 지금 받을 수 없습니다.',
    same_agent: '이미 본인에게 있는 상담입니다.',
    queue_full: '그 대기열은 가득 찼습니다.',
    chain_too_long: '호전환 횟수가 너무 많습니다.',
    no_limit: '후처리에 시간 제한이 없습니다.',
    unknown_disposition: '그 처리 결과는 이제 없습니다.',
    note_too_long: '메모는 4,000자까지입니다.',
    invalid_code: '번호가 맞지 않거나 시간이 지났습니다. 음성 프로그램의 여섯 자리를 다시 확인하세요.',
    too_many_attempts: '시도 횟수가 너무 많습니다. 새 번호를 받으세요.',
    overloaded: '서버가 바쁩니다. 다시 시도하세요.',
    internal: '서버에 문제가 있습니다. 다시 시도하세요.',
  } satisfies Record<RefusalCode, string>,

  why: {
    lost: '서버와 연결되면 할 수 있습니다.',
    state: '지금 상태에서는 할 수 없습니다.',
    pending: '확인을 기다리는 중입니다.',
    noNumber: '전화번호를 입력하세요.',
    busy: '다른 상담이 있는 동안에는 걸 수 없습니다.',
    noMedia: '음성이 준비되면 걸 수 있습니다.',
    chooseTarget: '넘길 곳을 고르세요.',
    unavailable: '지금 받을 수 없음',
  },

  act: {
    accept: '받기',
    reject: '거절',
    mute: '음소거',
    unmute: '음소거 해제',
    hold: '보류',
    resume: '보류 해제',
    transfer: '호전환',
    keypad: '키패드',
    end: '통화 종료',
    cancelCall: '걸기 취소',
    call: '전화 걸기',
    finish: '후처리 완료',
    extend: '+60초',
    clear: '확인',
    pair: '연결',
    unpair: '음성 프로그램 연결 해제',
    signOut: '로그아웃',
    setStatus: '상태 바꾸기',
    cancelNext: '다음 상태 취소',
    note: '메모 저장',
    disposition: '처리 결과',
    digits: '숫자 보내기',
    pending: '확인 중',
  },

  dial: {
    heading: '전화 걸기',
    number: '전화번호',
    placeholder: '010-0000-0000',
  },

  queues: {
    heading: '대기',
    empty: '맡은 대기열이 없습니다. 관리자에게 라우팅 프로필을 확인하세요.',
    none: '대기 없음',
    waiting: (count: number) => `${count}명`,
    oldest: (minutes: number) => (minutes < 1 ? '1분 미만' : `최장 ${minutes}분`),
  },

  recent: {
    heading: '최근 상담',
    empty: '오늘 상담이 아직 없습니다.',
    outcome: { handled: '상담함', missed: '놓침', rejected: '거절', failed: '실패' },
    redial: (who: string) => `${who} 번호 넣기`,
  },

  call: {
    customer: '고객',
    unknown: '번호 표시 없음',
    queue: '대기열',
    waited: (time: string) => `${time} 기다림`,
    outbound: '발신',
    transferred: '호전환으로 옴',
    attributes: '상담 정보',
    more: (count: number) => `외 ${count}건`,
    held: '고객은 보류 음악을 듣고 있습니다.',
    interrupted: '음성이 끊겨 고객이 기다리고 있습니다. 음성이 돌아오면 통화가 이어집니다.',
    connecting: '음성을 연결하는 중입니다.',
    calling: '전화를 거는 중입니다.',
    note: '메모',
    notePlaceholder: '상담 내용을 적으세요. 자동 저장됩니다.',
    noteSaved: '저장됨',
    noteSaving: '저장 중',
    noteWaiting: '연결되면 저장',
    noteLeft: (left: number) => `${left}자 남음`,
    result: '처리 결과',
    resultNone: '고르지 않음',
    wrapNoLimit: '시간 제한 없음',
    wrapLimit: (limit: string) => `제한 ${limit}`,
  },

  gone: {
    missed: '시간 안에 받지 않아 다른 상담사에게 넘어갔습니다. 확인하면 다시 전화를 받습니다.',
    rejected: '거절한 전화는 다른 상담사에게 넘어갔습니다. 확인하면 다시 전화를 받습니다.',
    customer_left: '고객이 먼저 끊었습니다.',
    media_failed: '음성을 연결하지 못해 전화가 대기열로 돌아갔습니다. 음성 프로그램을 확인하세요.',
    busy: '상대가 통화 중입니다.',
    no_answer: '상대가 받지 않았습니다.',
    invalid_number: '없는 번호입니다.',
    not_allowed: '허용되지 않은 번호입니다.',
    unreachable: '상대에게 연결할 수 없습니다.',
    cancelled: '걸기를 취소했습니다.',
    other: (code: string) => `연결하지 못했습니다 (${code}).`,
  },

  transfer: {
    heading: '호전환',
    target: '넘길 곳 또는 번호',
    placeholder: '이름, 초성(ㄱㅅ) 또는 전화번호',
    list: '넘길 곳',
    toNumber: (number: string) => `${number} 번호로`,
    kind: { phone_number: '전화번호', agent: '상담사', queue: '대기열' },
    waiting: (count: number) => `대기 ${count}`,
    none: '맞는 곳이 없습니다. 번호를 입력하면 번호로 넘깁니다.',
    submit: '호전환',
    submitTo: (name: string) => `${withRo(name)} 호전환`,
    blind: '넘기면 바로 후처리로 바뀝니다.',
  },

  keypad: {
    heading: '키패드',
    sent: '보낸 숫자',
    number: '전화번호',
    star: '별표',
    hash: '우물 정',
    erase: '지우기',
  },

  pairing: {
    heading: '음성 프로그램 연결',
    explain: '앞에 있는 PC에서 음성 프로그램을 열고 ‘연결’을 누르면 여섯 자리 번호가 나옵니다.',
    code: '여섯 자리 번호',
    submit: '연결',
    waiting: '음성 프로그램의 응답을 기다리는 중입니다.',
    done: (device: string) => `연결되었습니다: ${device}`,
    paired: (device: string) => `연결된 음성 프로그램: ${device}`,
  },

  help: {
    open: '도움말',
    heading: '도움말과 설정',
    shortcuts: '단축키',
    shortcutsOn: '단축키 사용',
    focusStatus: '상태 고르기',
    muteToggle: '음소거 / 해제',
    holdToggle: '보류 / 해제',
    notify: '전화가 오면 데스크톱 알림 표시',
    notifyDenied: '브라우저에서 알림이 막혀 있습니다.',
    language: '언어',
    account: (name: string) => `${name} 님으로 로그인함`,
    close: '닫기',
  },

  say: {
    ringing: (who: string, queue: string) => `전화 옴. ${who}. ${queue}`,
    connected: '통화가 연결되었습니다.',
    held: '보류했습니다.',
    resumed: '보류를 해제했습니다.',
    muted: '음소거되었습니다.',
    unmuted: '음소거가 해제되었습니다.',
    wrapup: '통화가 끝났습니다. 후처리를 하세요.',
    back: '서버와 다시 연결되었습니다.',
  },

  unit: {
    seconds: (n: number) => `${n}초`,
    minutes: (n: number) => `${n}분`,
  },
};

/** Codes of refusals that the page has its own words for; others are shown with the server's message. */
export type RefusalCode =
  | 'not_now'
  | 'no_such_contact'
  | 'other_contact_live'
  | 'contact_active'
  | 'busy'
  | 'offline'
  | 'not_found'
  | 'number_not_allowed'
  | 'invalid_number'
  | 'invalid_digits'
  | 'media_not_ready'
  | 'agent_not_reachable'
  | 'same_agent'
  | 'queue_full'
  | 'chain_too_long'
  | 'no_limit'
  | 'unknown_disposition'
  | 'note_too_long'
  | 'invalid_code'
  | 'too_many_attempts'
  | 'overloaded'
  | 'internal';

export type CcpMessages = typeof ko;
