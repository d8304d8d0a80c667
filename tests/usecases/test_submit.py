"""A task is charged at most once, and its outcome is reported correctly."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.api.reply import CaptionResult, Pending
from rwcap.api.request import CaptionTask, Delivery, Parameters
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.wire import Reply, encode
from rwcap.core.errors import (
    AmbiguousError,
    AuthError,
    BudgetError,
    CapacityError,
    CreditsError,
    InputError,
    LedgerError,
    NetworkError,
    NoReplyError,
    NotSentError,
    ServerError,
    TaskError,
    UntrustedServerError,
)
from rwcap.core.exit_status import ExitStatus
from rwcap.images.image import RemoteImage
from rwcap.ledger.ledger import Ledger
from rwcap.usecases.context import Context, RunStopped
from rwcap.usecases.purchase.submit import Submission, resume, submit
from rwcap.usecases.purchase.task_status import check_uuid_unused, fetch_result

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
TASK = CaptionTask(UUID, RemoteImage("https://example.com/a.jpg"), Parameters())
GIVEN = TASK._replace(uuid_is_new=False)
LATER = TASK._replace(parameters=Parameters(delivery=Delivery.ASYNC))

Service = Callable[[bytes], Reply]
Fault = Callable[[Service, bytes], Reply]


def works(service: Service, body: bytes) -> Reply:
    """Answer without a fault."""
    return service(body)


def not_sent(service: Service, body: bytes) -> Reply:
    """Refuse the connection."""
    raise NotSentError("no connection", code="connectionFailed")


def lost_before(service: Service, body: bytes) -> Reply:
    """Break the connection before the service reads the request."""
    raise NoReplyError("lost", code="connectionLost")


def lost_after(service: Service, body: bytes) -> Reply:
    """Break the connection after the service has read the request."""
    service(body)
    raise NoReplyError("lost", code="connectionLost")


def says(
    http: int, code: str | None = None, *, accepted: bool = False, **more: str
) -> Fault:
    """Return an answer with an error or a web page, before or after the task."""

    def fault(service: Service, body: bytes) -> Reply:
        if accepted:
            service(body)
        if code is None:
            return Reply(http, b"<html>", 0.5)
        errors = [{"code": code, "message": "as ordered"} | more]
        return Reply(http, json.dumps({"errors": errors}).encode())

    return fault


def empty(http: int) -> Fault:
    """Return a valid answer without the task."""
    return lambda *_: Reply(http, b'{"data": []}')


ENDED = says(200, "timeoutProvider", status="error")


def cut(service: Service, body: bytes) -> Reply:
    """Lose the second half of the reply."""
    reply = service(body)
    return reply._replace(body=reply.body[: len(reply.body) // 2])


def doubled(service: Service, body: bytes) -> Reply:
    """Deliver the request twice, and return the second reply."""
    service(body)
    return service(body)


def foreign(service: Service, body: bytes) -> Reply:
    """Answer with the UUID of another task."""
    reply = service(body)
    return reply._replace(body=reply.body.replace(UUID[:8].encode(), b"0" * 8))


class AcceptedTasks:
    """What a submission needs of a ledger: a note of each task that is accepted."""

    def __init__(self) -> None:
        """Begin without a task."""
        self.purchases = self
        self.noted: list[str] = []

    def begin_accept(self, task_uuid: str) -> "AcceptedTasks":
        """Note a task."""
        self.noted.append(task_uuid)
        return self

    def result(self) -> None:
        """Wait for nothing."""


class Outside:
    """A context with a simulated clock, and a service with faults."""

    def __init__(
        self, faults: Iterable[Fault] = (), *, queries: Iterable[Fault] = ()
    ) -> None:
        """Set the faults of the next requests. Later requests succeed."""
        self.sandbox = Sandbox()
        self.time = 0.0
        self.notices: list[str] = []
        self.purchases: list[object] = []
        self.sent: list[str] = []
        self.accepted = AcceptedTasks()
        self._captions = chain(faults, repeat(works))
        self._queries = chain(queries, repeat(works))

    @property
    def bills(self) -> int:
        """The number of captions charged."""
        return self.sandbox.tasks.total_charged()[0]

    def context(self, ledger: Ledger | None = None) -> Context:
        """Return the context. Of a ledger, a submission needs notes alone."""
        return Context(
            read_image=lambda _: TASK.image,
            parse_image=lambda _, __: TASK.image,
            stamp=lambda _: None,
            ledger=cast("Ledger", ledger or self.accepted),
            post=self._post,
            query=self._post,
            new_uuid=lambda: UUID,
            sleep=self._sleep,
            sleep_before_purchase=self._sleep,
            now=lambda: self.time,
            random=lambda: 0.5,
            notify=self.notices.append,
            on_purchase=self.purchases.append,
        )

    def _post(self, body: bytes) -> Reply:
        (request,) = json.loads(body)
        self.sent.append(request["taskType"])
        faults: Iterator[Fault] = (
            self._captions if request["taskType"] == "caption" else self._queries
        )
        return next(faults)(self._answer, body)

    def _answer(self, body: bytes) -> Reply:
        return self.sandbox.handle("Bearer key", body)

    def _sleep(self, seconds: float) -> None:
        self.time += seconds


def bought(task: CaptionTask, context: Context, policy: RetryPolicy) -> Submission:
    """Submit a task. A UUID of the user is queried first, as in `purchase`."""
    if not task.uuid_is_new and (objection := check_uuid_unused(task.uuid, context)):
        return Submission(objection, attempts=0)
    return submit(task, context, policy)


def buy(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> CaptionResult | Pending:
    """Submit a task, and raise its error."""
    outcome = bought(task, context, policy).outcome
    if isinstance(outcome, TaskError):
        raise outcome
    return outcome


HARMLESS = [works, not_sent, lost_before, says(429), says(503), says(503, "busy")]
HARMFUL = [
    lost_after,
    cut,
    doubled,
    foreign,
    says(500, "internalServerError", accepted=True),
    says(500, accepted=True),
    says(502, accepted=True),
    says(504, accepted=True),
    says(200, accepted=True),
    says(408, accepted=True),
]
GATEWAYS = [
    says(429, accepted=True),
    says(503, accepted=True),
    says(504, "queueTimeout", accepted=True),
]
FINAL = [says(400, "invalidPrompt"), says(401, "invalidApiKey"), says(402)]


@given(
    captions=st.lists(st.sampled_from([*HARMLESS, *HARMFUL, *FINAL]), max_size=8),
    queries=st.lists(st.sampled_from([works, not_sent, lost_after, cut, foreign])),
    task=st.sampled_from([TASK, LATER, GIVEN]),
    retries=st.integers(0, 4),
)
@example(captions=[lost_after] * 9, queries=[cut] * 99, task=TASK, retries=4)
@example(captions=[lost_after], queries=[cut] * 3, task=LATER, retries=0)
@example(captions=[says(401, "invalidApiKey")], queries=[], task=TASK, retries=0)
def test_a_caption_is_charged_once_and_its_outcome_is_true(
    captions: list[Fault], queries: list[Fault], task: CaptionTask, retries: int
) -> None:
    """For any reply that is lost, cut, doubled or refused.

    A caption was charged once, and a definite failure was not charged. Only an
    ambiguous purchase may be either.
    """
    outside = Outside(captions, queries=queries)
    policy = RetryPolicy(retries=retries)

    end = bought(task, outside.context(), policy)

    outcome = end.outcome
    if isinstance(outcome, CaptionResult):
        assert outcome.text.startswith("[sandbox]")
        assert outside.bills == 1
    elif isinstance(outcome, AmbiguousError):
        assert outside.bills <= 1
    else:
        assert outside.bills == 0
    assert outside.sent.count("caption") == end.attempts <= retries + 1
    assert outside.time <= 1000


@given(
    captions=st.lists(
        st.sampled_from([*HARMLESS, *HARMFUL, *GATEWAYS, *FINAL]), max_size=8
    ),
    queries=st.lists(st.sampled_from([works, not_sent, cut, says(401), says(503)])),
    task=st.sampled_from([TASK, LATER, GIVEN]),
    retries=st.integers(0, 4),
)
def test_a_busy_gateway_after_acceptance_hides_no_charge(
    captions: list[Fault], queries: list[Fault], task: CaptionTask, retries: int
) -> None:
    """The outcome is a caption, a failure without a charge, or ambiguous."""
    outside = Outside(captions, queries=queries)

    outcome = bought(task, outside.context(), RetryPolicy(retries=retries)).outcome

    ambiguous = isinstance(outcome, AmbiguousError)
    assert ambiguous or outside.bills == isinstance(outcome, CaptionResult)
    assert outside.bills <= 1


def test_a_busy_page_without_a_query_is_ambiguous() -> None:
    """It may be charged, although that is improbable."""
    outside = Outside([says(503, accepted=True), says(503)], queries=[says(503)] * 2)

    with pytest.raises(AmbiguousError):
        buy(TASK, outside.context(), RetryPolicy(retries=1))

    assert outside.bills == 1


def test_a_task_that_the_service_called_busy_is_queried() -> None:
    """In case the service accepted it nevertheless."""
    outside = Outside([says(503, "busy", accepted=True)])

    assert isinstance(
        buy(TASK, outside.context(), RetryPolicy(retries=0)), CaptionResult
    )
    assert outside.bills == 1


def test_a_rejection_by_the_service_itself_is_not_ambiguous() -> None:
    """Even if the task cannot be queried."""
    busy = says(429, "rateLimitExceeded")
    outside = Outside([busy] * 9, queries=[busy] * 9)

    end = bought(TASK, outside.context(), RetryPolicy())

    assert isinstance(end.outcome, CapacityError)
    assert end.definite


def test_a_request_that_cannot_be_sent_is_not_ambiguous() -> None:
    """Without a connection, the task cannot be queried either."""
    outside = Outside([not_sent] * 9, queries=[not_sent] * 9)

    end = bought(TASK, outside.context(), RetryPolicy())

    assert isinstance(end.outcome, NetworkError)
    assert end.definite


@pytest.mark.parametrize("page", [402, 403, 404])
@pytest.mark.parametrize(("query", "definite"), [(works, True), (not_sent, False)])
def test_a_failure_that_another_server_reports_counts_after_a_query(
    page: int, query: Fault, *, definite: bool
) -> None:
    """Until then the purchase stays open."""
    outside = Outside([says(page)], queries=[query] * 2)

    end = bought(TASK, outside.context(), RetryPolicy())

    assert isinstance(end.outcome, TaskError)
    assert end.definite == definite
    assert outside.sent == ["caption", "getResponse", "getTaskDetails"]


def test_a_page_of_another_server_in_place_of_the_reply_loses_no_caption() -> None:
    """A filter has replaced the reply. The query finds the caption."""
    outside = Outside([says(403, accepted=True)])

    assert isinstance(buy(TASK, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


@pytest.mark.parametrize(
    ("faults", "nothing_sent"),
    [
        ([not_sent], True),
        ([says(429, "rateLimitExceeded")], True),
        ([says(429)], False),
        ([lost_before], False),
        ([lost_after, not_sent], False),
    ],
)
def test_a_run_that_stops_between_two_tries_knows_whether_a_request_was_sent(
    faults: list[Fault], *, nothing_sent: bool
) -> None:
    """A purchase is given up only if no request can have reached the service."""
    outside = Outside(faults, queries=[not_sent] * 9)

    def sleep(_: float) -> None:
        if outside.sent.count("caption") == len(faults):
            raise RunStopped(CapacityError("stopped", code="stopped"))

    context = outside.context()._replace(sleep=sleep)
    with pytest.raises(RunStopped) as stopped:
        submit(TASK, context, RetryPolicy())

    assert stopped.value.nothing_sent == nothing_sent


@pytest.mark.parametrize("fault", [lost_after, cut, works])
def test_a_text_is_kept_even_if_it_is_not_awaited(fault: Fault) -> None:
    """It was charged."""
    outside = Outside([fault])

    outcome = buy(TASK, outside.context(), RetryPolicy(await_result=False))

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


def resumed(task: CaptionTask, outside: Outside, policy: RetryPolicy) -> Submission:
    """Resume an abandoned task, with a budget that allows it."""
    return resume(task, outside.context(), policy, renew=lambda: None)


@pytest.mark.parametrize("task", [TASK, LATER])
@pytest.mark.parametrize("fault", [works, lost_before, *HARMFUL])
def test_an_abandoned_task_is_finished(task: CaptionTask, fault: Fault) -> None:
    """One caption and one charge, whether its request arrived or not."""
    outside = Outside([fault])
    with suppress(NoReplyError):
        outside.context().post(encode(task))

    outcome = resumed(task, outside, RetryPolicy()).outcome

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


@pytest.mark.promises("once")
def test_an_abandoned_task_is_queried_before_it_is_sent_again() -> None:
    """A repeated request would replace the reply in the archive."""
    outside = Outside()
    outside.context().post(encode(TASK))

    end = resumed(TASK, outside, RetryPolicy())

    assert end.attempts == 0
    assert outside.sent == ["caption", "getResponse", "getTaskDetails"]


@pytest.mark.parametrize(
    ("fault", "queries"), [(says(503), 3), (not_sent, 3), (says(401), 1)]
)
def test_an_abandoned_task_that_cannot_be_queried_stays_open(
    fault: Fault, queries: int
) -> None:
    """Nothing is sent, and the ledger keeps its state."""
    outside = Outside(queries=[fault] * 99)

    end = resumed(TASK, outside, RetryPolicy(retries=2))

    assert isinstance(end.outcome, TaskError)
    assert not end.definite
    assert end.attempts == 0
    assert outside.sent.count("getResponse") == queries
    assert outside.bills == 0


def test_an_abandoned_task_that_failed_is_a_failure() -> None:
    """The failure is definite, and nothing is sent again."""
    outside = Outside(queries=[ENDED])

    end = resumed(TASK, outside, RetryPolicy())

    assert isinstance(end.outcome, ServerError)
    assert end.definite
    assert outside.sent == ["getResponse"]


def test_a_conflict_after_an_abandoned_task_is_awaited() -> None:
    """The service knows the task only when it is sent again."""
    outside = Outside([says(409, "conflictTaskUUID", accepted=True)])

    assert isinstance(resumed(TASK, outside, RetryPolicy()).outcome, CaptionResult)
    assert outside.bills == 1


@pytest.mark.parametrize("refusal", [says(402), says(402, "insufficientCredits")])
def test_a_refusal_after_an_abandoned_task_is_ambiguous(refusal: Fault) -> None:
    """If no query can tell whether the first request was accepted."""
    outside = Outside([refusal], queries=[works, works, *[says(503)] * 2])

    end = resumed(TASK, outside, RetryPolicy())

    assert isinstance(end.outcome, AmbiguousError)


def test_a_task_is_unknown_only_if_every_query_says_so() -> None:
    """One reply without the task among errors is not enough."""
    outside = Outside(queries=[says(503)] * 6)

    with pytest.raises(CapacityError):
        fetch_result(UUID, outside.context(), RetryPolicy())


@pytest.mark.parametrize("fault", HARMFUL)
def test_one_fault_after_acceptance_causes_no_second_charge(fault: Fault) -> None:
    """A query finds the caption."""
    outside = Outside([fault])

    outcome = buy(TASK, outside.context(), RetryPolicy())

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


@pytest.mark.promises("once")
def test_a_lost_request_is_queried_before_it_is_sent_again() -> None:
    """First among running tasks, then in the archive. Both are free."""
    outside = Outside([lost_after])

    buy(TASK, outside.context(), RetryPolicy())

    assert outside.sent == ["caption", "getResponse", "getTaskDetails"]
    assert outside.notices == ["lost; checking the status of the task"]


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_n_retries_are_n_more_requests_under_one_uuid(retries: int) -> None:
    """After them, the failure is reported."""
    outside = Outside([not_sent] * 9)

    with pytest.raises(NetworkError):
        buy(TASK, outside.context(), RetryPolicy(retries=retries))

    assert outside.sent.count("caption") == retries + 1


def test_the_pause_that_the_service_asks_for_has_priority() -> None:
    """Half a second each, where the default pauses would double."""
    outside = Outside([says(429)] * 4)

    buy(TASK, outside.context(), RetryPolicy())

    assert outside.time == 2.0
    assert outside.notices == [
        f"Runware is too busy (http429); try {number} of 5 in 0.5 s"
        for number in range(2, 6)
    ]


def test_default_pauses_double() -> None:
    """0.5, 1, 2 and 4 s if the random number is one half."""
    outside = Outside([not_sent] * 4)

    buy(TASK, outside.context(), RetryPolicy())

    assert outside.time == 7.5


@pytest.mark.parametrize(
    ("fault", "failure", "status"),
    [
        (says(400, "invalidPrompt"), InputError, 1),
        (says(401, "invalidApiKey"), AuthError, 4),
        (says(402), CreditsError, 5),
        (says(429), CapacityError, 6),
        (says(200, "providerError"), ServerError, 6),
        (not_sent, NetworkError, 6),
    ],
)
def test_every_failure_has_its_exit_status(
    fault: Fault, failure: type[TaskError], status: int
) -> None:
    """Nothing was charged."""
    outside = Outside([fault] * 9)

    with pytest.raises(failure) as failed:
        buy(TASK, outside.context(), RetryPolicy())

    assert failed.value.status == status
    assert outside.bills == 0


def test_an_untrusted_certificate_is_not_retried() -> None:
    """A retry would fail, too."""

    def untrusted(service: Service, body: bytes) -> Reply:
        raise UntrustedServerError("not trusted", code="untrustedCertificate")

    outside = Outside([untrusted])

    with pytest.raises(UntrustedServerError):
        buy(TASK, outside.context(), RetryPolicy())

    assert len(outside.sent) == 1


def test_a_task_uuid_that_was_used_before_buys_nothing() -> None:
    """Its caption may be of another image. The hint has the command to fetch it."""
    outside = Outside()
    buy(GIVEN, outside.context(), RetryPolicy())

    with pytest.raises(InputError, match="used before; nothing was bought") as failed:
        buy(GIVEN, outside.context(), RetryPolicy())

    assert failed.value.code == "conflictTaskUUID"
    assert failed.value.hint == f"rwcap caption --fetch {UUID}"
    assert outside.sent.count("caption") == 1


def test_a_task_uuid_that_cannot_be_queried_buys_nothing() -> None:
    """It could return the caption of another image."""
    outside = Outside(queries=[not_sent] * 2)

    with pytest.raises(NetworkError):
        buy(GIVEN, outside.context(), RetryPolicy())

    assert "caption" not in outside.sent


def test_a_new_task_uuid_of_the_user_is_like_any_other() -> None:
    """A query finds a lost reply, because no other task has the UUID."""
    outside = Outside([lost_after])

    assert isinstance(buy(GIVEN, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


def test_a_task_uuid_that_is_taken_after_the_query_is_ambiguous() -> None:
    """Unknown when queried, a conflict when sent."""
    outside = Outside([says(409, "conflictTaskUUID")])

    end = bought(GIVEN, outside.context(), RetryPolicy())

    assert isinstance(end.outcome, AmbiguousError)
    assert "conflictTaskUUID" in end.outcome.message
    assert end.outcome.code == "ambiguous"
    assert end.outcome.hint == f"rwcap caption --fetch {UUID}"
    assert end.attempts == 1


@pytest.mark.parametrize(
    ("fault", "queries"),
    [(says(503, accepted=True), []), (lost_after, [works, works, cut, cut])],
)
def test_a_conflict_with_an_own_earlier_request_is_awaited(
    fault: Fault, queries: list[Fault]
) -> None:
    """Although the user chose the UUID: the first request may be the one."""
    outside = Outside([fault], queries=queries)

    assert isinstance(buy(GIVEN, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


def test_a_refused_key_after_a_lost_reply_is_ambiguous() -> None:
    """The first request may have been charged."""
    outside = Outside([lost_after, says(401)], queries=[says(401)] * 4)

    with pytest.raises(AmbiguousError, match=f"task {UUID} .*http401") as failed:
        buy(TASK, outside.context(), RetryPolicy())

    assert failed.value.hint == "rwcap cost recover (asks the service, free)"
    assert failed.value.status is ExitStatus.AMBIGUOUS


def test_a_task_that_failed_is_not_ambiguous() -> None:
    """The reply was lost, but a query reported the failure."""
    outside = Outside([lost_before], queries=[ENDED])

    with pytest.raises(ServerError, match="timeoutProvider"):
        buy(TASK, outside.context(), RetryPolicy())


def test_an_accepted_task_is_awaited() -> None:
    """Async delivery: accepted, queried, done."""
    outside = Outside()

    outcome = buy(LATER, outside.context(), RetryPolicy())

    assert isinstance(outcome, CaptionResult)
    assert outside.sent == ["caption", "getResponse", "getResponse"]
    assert (outside.time, outside.accepted.noted) == (2.5, [UUID])


def test_a_ledger_that_fails_after_acceptance_names_the_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have been charged, and can be fetched."""
    outside = Outside()

    def fail(_: str) -> None:
        raise LedgerError("disk I/O error")

    monkeypatch.setattr(outside.accepted, "begin_accept", fail)
    with pytest.raises(LedgerError, match=f"task {UUID} may have been charged") as lost:
        buy(LATER, outside.context(), RetryPolicy())

    assert lost.value.hint == f"rwcap caption --fetch {UUID}"


def test_an_accepted_task_can_be_left_to_the_service() -> None:
    """With --no-wait or a webhook, the outcome is that it was accepted."""
    webhook = Parameters(webhook_url="https://example.com/hook")
    hooked = TASK._replace(parameters=webhook)

    for task, policy in (
        (LATER, RetryPolicy(await_result=False)),
        (hooked, RetryPolicy()),
    ):
        outside = Outside()
        assert isinstance(buy(task, outside.context(), policy), Pending)
        assert (outside.sent, outside.accepted.noted) == (["caption"], [UUID])


def processing(service: Service, body: bytes) -> Reply:
    """Answer that the task is still running."""
    data = [{"taskUUID": UUID, "status": "processing"}]
    return Reply(200, json.dumps({"data": data}).encode())


def test_a_task_that_is_not_done_before_the_timeout_is_ambiguous() -> None:
    """It was accepted and will be charged. The hint has the command to fetch it."""
    outside = Outside(queries=[processing] * 99)

    with pytest.raises(AmbiguousError, match="no result within 60 s") as failed:
        buy(LATER, outside.context(), RetryPolicy(timeout=60.0))

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"
    assert outside.time <= 60


def test_a_task_that_fails_while_it_is_awaited_is_a_failure() -> None:
    """With the error of the task."""
    outside = Outside(queries=[processing, ENDED])

    with pytest.raises(ServerError, match="timeoutProvider"):
        buy(LATER, outside.context(), RetryPolicy())


def test_a_refused_query_says_nothing_about_the_task() -> None:
    """A service without an archive has not failed the task."""
    outside = Outside([lost_after], queries=[works, says(400, "unsupportedTaskType")])

    assert isinstance(buy(TASK, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


def test_a_key_refused_during_the_wait_is_ambiguous() -> None:
    """The task continues."""
    outside = Outside(queries=[processing, *[says(401, "invalidApiKey")] * 2])

    with pytest.raises(
        AmbiguousError, match=f"task {UUID} may .*invalidApiKey"
    ) as failed:
        buy(LATER, outside.context(), RetryPolicy())

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"


def test_a_result_can_be_fetched_later() -> None:
    """Of a task that ran at once, and of a task that was accepted."""
    for task in (TASK, LATER):
        outside = Outside()
        buy(task, outside.context(), RetryPolicy(await_result=False))
        fetched = fetch_result(UUID, outside.context(), RetryPolicy())
        assert fetched.text.startswith("[sandbox]")
        assert outside.bills == 1


def test_an_unknown_uuid_is_reported_after_a_few_queries() -> None:
    """A new task can be invisible for a moment."""
    outside = Outside()

    with pytest.raises(InputError, match="no task") as failed:
        fetch_result(UUID, outside.context(), RetryPolicy())

    assert failed.value.hint == (
        "check the UUID; Runware keeps results for a limited time"
    )
    assert outside.bills == 0
    assert outside.sent == ["getResponse", "getTaskDetails"] * 4
    assert outside.time < 10


def test_a_definite_failure_counts_with_any_status_and_code() -> None:
    """A task that ended because of missing capacity has failed, too."""
    for end in (
        says(500, "internalServerError", status="error"),
        says(200, "providerRateLimitExceeded", status="error"),
    ):
        outside = Outside(queries=[end])
        with pytest.raises(TaskError) as failed:
            buy(LATER, outside.context(), RetryPolicy())
        assert not isinstance(failed.value, AmbiguousError)
        assert outside.time == 1.0


def test_the_rejection_of_a_repeated_request_does_not_settle_the_first() -> None:
    """The archive keeps the last reply, which may be the second request's."""
    outside = Outside(
        [lost_after, lost_before],
        queries=[
            works,
            not_sent,
            works,
            says(402, "insufficientCredits", status="error"),
        ],
    )

    with pytest.raises(AmbiguousError):
        buy(TASK, outside.context(), RetryPolicy())


@pytest.mark.parametrize("timeout", [0.2, 0.5, 3.0])
def test_a_short_timeout_still_queries_until_its_end(timeout: float) -> None:
    """An accepted task is queried at least once."""
    outside = Outside(queries=[processing] * 99)

    with pytest.raises(AmbiguousError):
        buy(LATER, outside.context(), RetryPolicy(timeout=timeout))

    assert outside.sent.count("getResponse") >= 1
    assert outside.time == pytest.approx(timeout)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (not_sent, 6),
        (says(500), 6),
        (says(503), 6),
        (says(402), 5),
        (says(402, "unheardOf"), 5),
        (empty(400), 6),
        (cut, 6),
    ],
)
def test_a_task_that_cannot_be_queried_is_not_reported_as_missing(
    fault: Fault, status: int
) -> None:
    """A user of `--fetch` could buy the caption again."""
    outside = Outside(queries=[fault] * 99)

    with pytest.raises(TaskError) as failed:
        fetch_result(UUID, outside.context(), RetryPolicy())

    assert failed.value.status == status
    assert failed.value.code != "taskNotFound"


def test_fetching_reports_the_error_of_the_task() -> None:
    """And reports a refused key."""
    with pytest.raises(ServerError):
        fetch_result(UUID, Outside(queries=[ENDED]).context(), RetryPolicy())
    with pytest.raises(AuthError):
        fetch_result(UUID, Outside(queries=[says(401)] * 2).context(), RetryPolicy())
    unpaid = says(402, "unheardOf", status="error")
    with pytest.raises(CreditsError):
        fetch_result(UUID, Outside(queries=[unpaid]).context(), RetryPolicy())


def test_fetching_a_task_that_still_runs_waits_for_it() -> None:
    """Up to the timeout, and not for a few queries only."""
    outside = Outside()
    buy(LATER, outside.context(), RetryPolicy(await_result=False))
    busy = [works, *[processing] * 9]
    slow = Outside(queries=busy)
    slow.sandbox = outside.sandbox

    fetched = fetch_result(UUID, slow.context(), RetryPolicy())

    assert fetched.text.startswith("[sandbox]")
    assert slow.notices == ["the task is still running; waiting"]


@pytest.mark.parametrize(
    ("fault", "queries"), [(says(401), 2), (says(503), 8), (not_sent, 8)]
)
def test_fetching_repeats_a_query_that_may_succeed_later(
    fault: Fault, queries: int
) -> None:
    """Each time among running tasks and in the archive."""
    outside = Outside(queries=[fault] * 99)

    with pytest.raises(TaskError) as failed:
        fetch_result(UUID, outside.context(), RetryPolicy())

    assert len(outside.sent) == queries
    told = f"{failed.value.message}; retrying"
    assert outside.notices == [told] * (queries // 2 if queries > 2 else 0)


@pytest.mark.parametrize("code", [None, "invalidApiKey"])
def test_a_refused_key_of_a_query_has_the_hint_about_its_place(
    code: str | None,
) -> None:
    """The reply knows where the key comes from."""

    def refused(service: Service, body: bytes) -> Reply:
        return says(401, code)(service, body)._replace(key_hint="unset RWCAP_API_KEY")

    with pytest.raises(AuthError) as failed:
        fetch_result(UUID, Outside(queries=[refused] * 2).context(), RetryPolicy())

    assert failed.value.hint == "unset RWCAP_API_KEY"


def test_an_abandoned_task_beyond_the_budget_is_not_sent() -> None:
    """The purchase stays open for the next run."""
    outside = Outside()
    refusal = BudgetError("too much", code="budgetReached")

    end = resume(TASK, outside.context(), RetryPolicy(), renew=lambda: refusal)

    assert end == Submission(refusal, attempts=0, definite=False)
    assert "caption" not in outside.sent
