"""Puts the parts of the service together."""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

import rules
from hooks import wire
from hooks.discovery import load_services
from hooks.edge import Edge, refuse
from hooks.errors import HooksError, StartError
from hooks.evaluation import schema
from hooks.invocation import Invocation
from hooks.log import configure
from hooks.settings import Settings, load_settings, unknown_variables
from hooks.trust import refuse_exposure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from starlette.requests import Request

    from hooks.discovery import Services
    from rules import Call, Outcome, Rulebook

# Large bodies are evaluated beside the event loop, this many at a time.
_THREADS = 2
_log = structlog.get_logger("hooks")


def create_app(
    settings: Settings | None = None,
    rulebook: Rulebook | None = None,
    clock: Callable[[], datetime] | None = None,
    *,
    evaluate: Callable[[Call, str], Outcome] | None = None,
) -> FastAPI:
    """Return the service as an ASGI application, or raise StartError or a KnowledgeError.

    What is not given is made from *settings*, which are read from the environment where they are
    not given either. *clock* gives the clinical moment of a call, with an offset; *evaluate* takes
    the place of the rules.
    """
    configure()
    settings = settings or load_settings()
    _log.warning("start.open", text=refuse_exposure(settings))
    if unknown := unknown_variables():
        _log.warning("start.unknown-variables", names=unknown)
    book = rulebook or load_rulebook(settings)
    _known_policy(book, settings.policy)
    services = load_services(book.observation_codes, book.hooks)
    invocation = Invocation(
        settings=settings,
        services=services,
        evaluate=evaluate or (lambda call, policy: rules.evaluate(book, call, policy)),
        clock=clock or settings.clinical_now,
        threads=CapacityLimiter(_THREADS),
    )
    app = FastAPI(
        title="intrathecal-cds",
        openapi_url="/openapi.json" if settings.docs else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_frozen,
    )
    app.router.routes += _routes(invocation, services, book)
    app.add_exception_handler(HooksError, refuse)
    app.add_exception_handler(HTTPException, refuse)
    app.add_middleware(Edge, origins=settings.cors_origins)
    return app


def load_rulebook(settings: Settings) -> Rulebook:
    """Load the rulebook that *settings* ask for, or raise a KnowledgeError."""
    return rules.load_rulebook(
        modules=settings.terminology_modules, knowledge_dir=settings.knowledge_dir
    )


def _known_policy(book: Rulebook, policy: str) -> None:
    try:
        book.policy(policy)
    except KeyError as error:
        raise StartError(f"setting `policy`: {error.args[0]}") from None


def _routes(invocation: Invocation, services: Services, book: Rulebook) -> list[Route]:
    discovery = services.body
    known = {"version": book.knowledge.version, "hash": book.knowledge.hash}
    health = wire.encode({"status": "ok", "knowledge": known})
    published = schema()

    async def discover(_: Request) -> Response:
        return Response(discovery, media_type="application/json")

    async def healthy(_: Request) -> Response:
        return Response(health, media_type="application/json")

    async def evaluation_schema(_: Request) -> Response:
        return Response(published, media_type="application/schema+json")

    return [
        Route("/cds-services", discover, methods=["GET"]),
        Route("/cds-services/", discover, methods=["GET"]),
        Route("/cds-services/{service}", invocation.invoke, methods=["POST"]),
        Route("/healthz", healthy, methods=["GET"]),
        Route("/schemas/evaluation.json", evaluation_schema, methods=["GET"]),
    ]


@asynccontextmanager
async def _frozen(_: FastAPI) -> AsyncIterator[None]:
    """Load what the first call would wait for; keep all of it out of every later collection."""
    rules.warm()  # a fraction of a second, so no thread of its own
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
    yield
    gc.unfreeze()
