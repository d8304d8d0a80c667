"""Nobody pays twice, and nobody is told wrongly what became of their money."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.api.reply import CaptionResult, Pending
from rwcap.api.retry import RetryPolicy
from rwcap.api.sandbox.service import Sandbox
from rwcap.api.task import CaptionTask, Delivery, Parameters
from rwcap.api.wire import Reply, encode
from rwcap.core.errors import (
    AmbiguousError,
    AuthError,
    CapacityError,
    CreditsError,
    InputError,
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
from rwcap.usecases.context import Context
from rwcap.usecases.purchase import check_uuid_unused
from rwcap.usecases.submit import Submission, resume, submit
from rwcap.usecases.task_status import fetch_result

UUID = "74c7c126-bc3d-4e55-b8fa-36e20e2a4e62"
TASK = CaptionTask(UUID, RemoteImage("https://example.com/a.jpg"), Parameters())
GIVEN = TASK._replace(uuid_is_new=False)
LATER = TASK._replace(parameters=Parameters(delivery=Delivery.ASYNC))

Service = Callable[[bytes], Reply]
Fault = Callable[[Service, bytes], Reply]


def works(service: Service, body: bytes) -> Reply:
    """Answer."""
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
    """Answer with an error object, or as a web page, before or after the task."""

    def fault(service: Service, body: bytes) -> Reply:
        if accepted:
            service(body)
        if code is None:
            return Reply(http, b"<html>", 0.5)
        errors = [{"code": code, "message": "as ordered"} | more]
        return Reply(http, json.dumps({"errors": errors}).encode())

    return fault


ENDED = says(200, "timeoutProvider", status="error")


def cut(service: Service, body: bytes) -> Reply:
    """Lose the second half of the answer."""
    reply = service(body)
    return reply._replace(body=reply.body[: len(reply.body) // 2])


def doubled(service: Service, body: bytes) -> Reply:
    """Deliver the request twice, and the second answer."""
    service(body)
    return service(body)


def foreign(service: Service, body: bytes) -> Reply:
    """Answer with another task's UUID."""
    reply = service(body)
    return reply._replace(body=reply.body.replace(UUID[:8].encode(), b"0" * 8))


class Outside:
    """A context whose time is only counted, and whose service has faults."""

    def __init__(
        self, faults: Iterable[Fault] = (), *, queries: Iterable[Fault] = ()
    ) -> None:
        """Let the next exchanges go wrong as ordered, then work."""
        self.sandbox = Sandbox()
        self.time = 0.0
        self.notices: list[str] = []
        self.purchases: list[object] = []
        self.sent: list[str] = []
        self._captions = chain(faults, repeat(works))
        self._queries = chain(queries, repeat(works))

    @property
    def bills(self) -> int:
        """How many captions were charged."""
        return self.sandbox.tasks.total_charged()[0]

    def context(self, ledger: Ledger | None = None) -> Context:
        """Return it as use cases see it; a purchase by itself needs no ledger."""
        return Context(
            read_image=lambda _: TASK.image,
            stamp=lambda _: None,
            ledger=cast("Ledger", ledger),
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
    """Buy; a UUID that was given is asked after first, as `obtain` does it."""
    if not task.uuid_is_new and (objection := check_uuid_unused(task.uuid, context)):
        return Submission(objection, attempts=0)
    return submit(task, context, policy)


def buy(
    task: CaptionTask, context: Context, policy: RetryPolicy
) -> CaptionResult | Pending:
    """Buy, and raise what went wrong."""
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
def test_a_caption_is_paid_once_and_its_outcome_is_true(
    captions: list[Fault], queries: list[Fault], task: CaptionTask, retries: int
) -> None:
    """Whatever is lost, cut, doubled or refused.

    A caption in hand was charged once; a definite failure was not charged; only
    what is called ambiguous may be either.
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
def test_a_gateway_that_is_busy_after_acceptance_hides_nothing(
    captions: list[Fault], queries: list[Fault], task: CaptionTask, retries: int
) -> None:
    """A caption, no bill, or a doubt that is told; at most one bill in any case."""
    outside = Outside(captions, queries=queries)

    outcome = bought(task, outside.context(), RetryPolicy(retries=retries)).outcome

    told = isinstance(outcome, AmbiguousError)
    assert told or outside.bills == isinstance(outcome, CaptionResult)
    assert outside.bills <= 1


def test_a_busy_page_and_no_way_to_ask_is_a_doubt() -> None:
    """Nobody should be told to run the same command again."""
    outside = Outside([says(503, accepted=True), says(503)], queries=[says(503)] * 2)

    with pytest.raises(AmbiguousError):
        buy(TASK, outside.context(), RetryPolicy(retries=1))

    assert outside.bills == 1


def test_what_the_service_called_busy_is_asked_after_all_the_same() -> None:
    """Should its own words be wrong, they are not the last ones."""
    outside = Outside([says(503, "busy", accepted=True)])

    assert isinstance(
        buy(TASK, outside.context(), RetryPolicy(retries=0)), CaptionResult
    )
    assert outside.bills == 1


def test_being_turned_away_by_the_service_itself_is_no_doubt() -> None:
    """Its own words, though it cannot be asked after either."""
    busy = says(429, "rateLimitExceeded")
    outside = Outside([busy] * 9, queries=[busy] * 9)

    with pytest.raises(CapacityError):
        buy(TASK, outside.context(), RetryPolicy())


@pytest.mark.parametrize("fault", [lost_after, cut, works])
def test_a_text_is_a_text_even_where_it_is_not_waited_for(fault: Fault) -> None:
    """It is paid for, so it is kept."""
    outside = Outside([fault])

    outcome = buy(TASK, outside.context(), RetryPolicy(await_result=False))

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


def resumed(task: CaptionTask, outside: Outside, policy: RetryPolicy) -> Submission:
    """Resume what somebody began, with a budget that has room."""
    return resume(task, outside.context(), policy, renew=lambda: None)


@pytest.mark.parametrize("task", [TASK, LATER])
@pytest.mark.parametrize("fault", [works, lost_before, *HARMFUL])
def test_what_somebody_began_is_brought_to_its_end(
    task: CaptionTask, fault: Fault
) -> None:
    """Whether its request ever arrived or not: one caption, one bill."""
    outside = Outside([fault])
    with suppress(NoReplyError):
        outside.context().post(encode(task))

    outcome = resumed(task, outside, RetryPolicy()).outcome

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


def test_what_somebody_began_is_asked_after_before_it_is_sent_again() -> None:
    """A repeated request would take the place of the answer in the archive."""
    outside = Outside()
    outside.context().post(encode(TASK))

    resumed(TASK, outside, RetryPolicy())

    assert outside.sent == ["caption", "getResponse", "getTaskDetails"]


@pytest.mark.parametrize(
    ("trouble", "asked"), [(says(503), 3), (not_sent, 3), (says(401), 1)]
)
def test_what_cannot_be_asked_after_stays_open(trouble: Fault, asked: int) -> None:
    """Nothing is sent, and what it was, it still is."""
    outside = Outside(queries=[trouble] * 99)

    end = resumed(TASK, outside, RetryPolicy(retries=2))

    assert isinstance(end.outcome, TaskError)
    assert not end.definite
    assert outside.sent.count("getResponse") == asked
    assert outside.bills == 0


def test_what_somebody_began_and_the_service_ended_has_failed() -> None:
    """A definite end, of which nothing has to be repeated."""
    outside = Outside(queries=[ENDED])

    end = resumed(TASK, outside, RetryPolicy())

    assert isinstance(end.outcome, ServerError)
    assert end.definite
    assert outside.sent == ["getResponse"]


def test_a_conflict_after_what_somebody_began_is_waited_for() -> None:
    """The service had not heard of it when asked, and had when it was sent again."""
    outside = Outside([says(409, "conflictTaskUUID", accepted=True)])

    assert isinstance(resumed(TASK, outside, RetryPolicy()).outcome, CaptionResult)
    assert outside.bills == 1


def test_a_refusal_after_what_somebody_began_leaves_the_doubt() -> None:
    """Only where nobody can be asked whether the first try was accepted."""
    outside = Outside([says(402)], queries=[works, works, *[says(503)] * 2])

    end = resumed(TASK, outside, RetryPolicy())

    assert isinstance(end.outcome, AmbiguousError)


def test_one_silence_among_troubles_is_no_proof() -> None:
    """That a task does not exist has to be said every time it is asked for."""
    outside = Outside(queries=[says(503)] * 6)

    with pytest.raises(CapacityError):
        fetch_result(UUID, outside.context(), RetryPolicy())


@pytest.mark.parametrize("fault", HARMFUL)
def test_one_mishap_after_acceptance_costs_nothing_more(fault: Fault) -> None:
    """The caption is found by asking, without a second bill."""
    outside = Outside([fault])

    outcome = buy(TASK, outside.context(), RetryPolicy())

    assert isinstance(outcome, CaptionResult)
    assert outside.bills == 1


def test_what_was_lost_is_asked_after_before_it_is_sent_again() -> None:
    """First for a running task's result, then in the archive; both are free."""
    outside = Outside([lost_after])

    buy(TASK, outside.context(), RetryPolicy())

    assert outside.sent == ["caption", "getResponse", "getTaskDetails"]


@pytest.mark.parametrize("retries", [0, 1, 4])
def test_n_retries_are_n_more_tries_under_one_uuid(retries: int) -> None:
    """No fewer, no more; then the failure is told as it is."""
    outside = Outside([not_sent] * 9)

    with pytest.raises(NetworkError):
        buy(TASK, outside.context(), RetryPolicy(retries=retries))

    assert outside.sent.count("caption") == retries + 1


def test_the_pause_the_service_asks_for_wins() -> None:
    """Half a second each, where our own pauses would double."""
    outside = Outside([says(429)] * 4)

    buy(TASK, outside.context(), RetryPolicy())

    assert outside.time == 2.0
    assert len(outside.notices) == 4


def test_pauses_of_our_own_double() -> None:
    """0.5, 1, 2 and 4 s with the dice at one half."""
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
def test_every_failure_ends_in_its_status(
    fault: Fault, failure: type[TaskError], status: int
) -> None:
    """And nothing was charged."""
    outside = Outside([fault] * 9)

    with pytest.raises(failure) as failed:
        buy(TASK, outside.context(), RetryPolicy())

    assert failed.value.status == status
    assert outside.bills == 0


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    """It will not be trusted a second later either."""

    def untrusted(service: Service, body: bytes) -> Reply:
        raise UntrustedServerError("not trusted", code="untrustedCertificate")

    outside = Outside([untrusted])

    with pytest.raises(UntrustedServerError):
        buy(TASK, outside.context(), RetryPolicy())

    assert len(outside.sent) == 1


def test_a_given_uuid_that_was_used_before_buys_nothing() -> None:
    """Its caption may be another image's; the hint says how to get it."""
    outside = Outside()
    buy(GIVEN, outside.context(), RetryPolicy())

    with pytest.raises(InputError, match="used before; nothing was bought") as failed:
        buy(GIVEN, outside.context(), RetryPolicy())

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"
    assert outside.sent.count("caption") == 1


def test_a_given_uuid_that_cannot_be_asked_after_buys_nothing() -> None:
    """Whose caption would come back is not known."""
    outside = Outside(queries=[not_sent] * 2)

    with pytest.raises(NetworkError):
        buy(GIVEN, outside.context(), RetryPolicy())

    assert "caption" not in outside.sent


def test_a_given_uuid_that_is_fresh_is_like_any_other() -> None:
    """A lost answer is found, for nobody else can have given it."""
    outside = Outside([lost_after])

    assert isinstance(buy(GIVEN, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


def test_a_given_uuid_that_somebody_else_takes_meanwhile_is_in_doubt() -> None:
    """Unheard of when asked, a conflict when sent."""
    outside = Outside([says(409, "conflictTaskUUID")])

    with pytest.raises(AmbiguousError, match="conflictTaskUUID"):
        buy(GIVEN, outside.context(), RetryPolicy())


def test_a_refused_key_after_a_lost_answer_leaves_the_doubt() -> None:
    """The first request may have been charged, whatever the second was told."""
    outside = Outside([lost_after, says(401)], queries=[says(401)] * 4)

    with pytest.raises(AmbiguousError, match=UUID) as failed:
        buy(TASK, outside.context(), RetryPolicy())

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"
    assert failed.value.status is ExitStatus.AMBIGUOUS


def test_a_task_that_the_service_says_failed_is_not_in_doubt() -> None:
    """The answer was lost, but asked after the service told the failure."""
    outside = Outside([lost_before], queries=[ENDED])

    with pytest.raises(ServerError, match="timeoutProvider"):
        buy(TASK, outside.context(), RetryPolicy())


def test_an_accepted_task_is_waited_for() -> None:
    """Async delivery: acknowledged, asked for, done."""
    outside = Outside()

    outcome = buy(LATER, outside.context(), RetryPolicy())

    assert isinstance(outcome, CaptionResult)
    assert outside.sent == ["caption", "getResponse", "getResponse"]
    assert outside.time == 2.5


def test_an_accepted_task_can_be_left_with_the_service() -> None:
    """Without waiting, or with a webhook, the acknowledgement is the answer."""
    webhook = Parameters(webhook_url="https://example.com/hook")
    hooked = TASK._replace(parameters=webhook)

    for task, policy in (
        (LATER, RetryPolicy(await_result=False)),
        (hooked, RetryPolicy()),
    ):
        outside = Outside()
        assert isinstance(buy(task, outside.context(), policy), Pending)
        assert outside.sent == ["caption"]


def processing(service: Service, body: bytes) -> Reply:
    """Say that the task is still running."""
    data = [{"taskUUID": UUID, "status": "processing"}]
    return Reply(200, json.dumps({"data": data}).encode())


def test_a_task_that_is_not_done_in_time_is_ambiguous() -> None:
    """It was accepted and will be charged; the command to fetch it is given."""
    outside = Outside(queries=[processing] * 99)

    with pytest.raises(AmbiguousError, match="no result within 60 s") as failed:
        buy(LATER, outside.context(), RetryPolicy(timeout=60.0))

    assert failed.value.hint == f"rwcap caption --fetch {UUID}"
    assert outside.time <= 60


def test_a_task_that_failed_while_we_waited_is_a_failure() -> None:
    """The error that it ended in is told."""
    outside = Outside(queries=[processing, ENDED])

    with pytest.raises(ServerError, match="timeoutProvider"):
        buy(LATER, outside.context(), RetryPolicy())


def test_a_question_that_is_refused_says_nothing_of_the_task() -> None:
    """A service that no longer knows the archive has not failed the caption."""
    outside = Outside([lost_after], queries=[works, says(400, "unsupportedTaskType")])

    assert isinstance(buy(TASK, outside.context(), RetryPolicy()), CaptionResult)
    assert outside.bills == 1


def test_a_key_refused_while_we_wait_leaves_the_doubt() -> None:
    """The task goes on without us."""
    outside = Outside(queries=[processing, *[says(401, "invalidApiKey")] * 2])

    with pytest.raises(AmbiguousError, match="invalidApiKey"):
        buy(LATER, outside.context(), RetryPolicy())


def test_a_result_can_be_fetched_later() -> None:
    """Of a task that ran at once, and of one that was only acknowledged."""
    for task in (TASK, LATER):
        outside = Outside()
        buy(task, outside.context(), RetryPolicy(await_result=False))
        fetched = fetch_result(UUID, outside.context(), RetryPolicy())
        assert fetched.text.startswith("[sandbox]")
        assert outside.bills == 1


def test_a_uuid_nobody_has_heard_of_is_told_after_a_few_questions() -> None:
    """A new task can be invisible for a moment, not for minutes."""
    outside = Outside()

    with pytest.raises(InputError, match="no task"):
        fetch_result(UUID, outside.context(), RetryPolicy())

    assert outside.bills == 0
    assert outside.time < 10


def test_a_definite_end_is_believed_under_any_status_and_code() -> None:
    """A task that ended for want of capacity has ended all the same."""
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
    """The archive keeps the last answer, which need not be the first one's."""
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
def test_a_short_patience_still_asks_at_its_end(timeout: float) -> None:
    """An accepted task is asked for at least once, and to the last moment."""
    outside = Outside(queries=[processing] * 99)

    with pytest.raises(AmbiguousError):
        buy(LATER, outside.context(), RetryPolicy(timeout=timeout))

    assert outside.sent.count("getResponse") >= 1
    assert outside.time == pytest.approx(timeout)


@pytest.mark.parametrize(
    ("fault", "status"),
    [(not_sent, 6), (says(500), 6), (says(503), 6), (says(402), 5), (cut, 6)],
)
def test_what_cannot_be_asked_is_not_said_to_be_missing(
    fault: Fault, status: int
) -> None:
    """`--fetch` while the service is down must not invite a second purchase."""
    outside = Outside(queries=[fault] * 99)

    with pytest.raises(TaskError) as failed:
        fetch_result(UUID, outside.context(), RetryPolicy())

    assert failed.value.status == status
    assert failed.value.code != "taskNotFound"


def test_fetching_tells_the_error_a_task_ended_in() -> None:
    """And a refused key as a refused key."""
    with pytest.raises(ServerError):
        fetch_result(UUID, Outside(queries=[ENDED]).context(), RetryPolicy())
    with pytest.raises(AuthError):
        fetch_result(UUID, Outside(queries=[says(401)] * 2).context(), RetryPolicy())
