"""The user's settings: flag > environment > config.toml > default, resolved once into one frozen value."""

import re
from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from interviewer.config_file import GraderChoice, UserConfig, read_config
from interviewer.context import Paths
from interviewer.debug_log import debug
from interviewer.errors import InputError
from interviewer.models import Model
from interviewer.text.address import check_address, is_loopback
from interviewer.text.clean import clean_line

DEFAULT_MODEL = "gpt-5.6-luna"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_TIMEOUT = 120.0
"""Seconds without a word from a server: long enough for a model of a few billion parameters on a laptop to answer at once."""
DEFAULT_DEADLINE = 600.0
"""Seconds for one grading in all, for a stream that is still writing."""
DEFAULT_MAX_TOKENS = 16_000
"""Tokens of one reply at most, thoughts included; the first limit is lower and is raised when it cuts a reply off."""
IN_CONFIG = "base_url in config.toml"
"""Where `interviewer use` writes the address of a server."""

_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}


class Settings(Model):
    """Everything that decides who grades, and how long that may take."""

    grader: GraderChoice
    model: str | None
    """None: the default at the default endpoint, the server's own first model anywhere else."""
    base_url: str | None
    api_key: SecretStr | None
    organization: str | None = None
    project: str | None = None
    """The OpenAI project that is billed."""
    address_source: str = "OPENAI_BASE_URL"
    """The environment variable that the address is from, or IN_CONFIG."""
    azure_api_version: str | None = None
    """The version of Azure's API that is not /v1, with a path for each deployment; None: /v1."""
    timeout: float
    """Seconds that a server may be silent: the time for a reply that comes in one piece, retries and repair included."""
    deadline: float = DEFAULT_DEADLINE
    """Seconds for one grading in all, where the reply is streamed and still grows; not below `timeout`."""
    max_tokens: int = DEFAULT_MAX_TOKENS
    """The most tokens of one reply."""
    proxies: tuple[str, ...] = ()
    """The variables that put a proxy between us and the server."""
    transcription_model: str | None = None
    transcription_url: str | None = None
    """None: where answers are graded by an LLM."""
    samples: int = 1
    """How often an LLM grades each answer; the verdicts are those of the majority."""
    propose: bool = True
    """Whether an LLM proposes key points for questions without any."""

    @property
    def kind(self) -> Literal["llm", "embedded"]:
        """The grader that will be used: an LLM if there is a key or an endpoint, unless told otherwise."""
        if self.grader == "auto":
            return "llm" if self.api_key or self.base_url else "embedded"
        return self.grader

    @property
    def endpoint(self) -> str:
        return self.base_url or DEFAULT_BASE_URL

    @property
    def bearer(self) -> str:
        """The key that is sent; a local server that asks for none takes any word."""
        return self.api_key.get_secret_value() if self.api_key else "none"

    @property
    def address_setting(self) -> str:
        """What sets the endpoint."""
        if self.base_url and self.base_url == self.transcription_url:
            return "INTERVIEWER_TRANSCRIPTION_URL"
        return self.address_source

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc.rpartition("@")[2]

    @property
    def local(self) -> bool:
        """Whether answers stay on this machine."""
        return self.kind == "embedded" or is_loopback(self.endpoint)


def load_settings(
    environ: Mapping[str, str],
    paths: Paths,
    *,
    grader: GraderChoice | None = None,
    model: str | None = None,
    samples: int = 1,
    propose: bool = True,
) -> Settings:
    """Resolve flags, environment and config.toml.

    Raises:
        InputError: a value cannot be used; the message names where it came from.
    """
    config = read_config(paths)
    source, base_url = "OPENAI_BASE_URL", check_address(environ.get("OPENAI_BASE_URL"), "OPENAI_BASE_URL")
    if not base_url and (base_url := check_address(config.base_url, f"base_url in {paths.settings}")):
        source = IN_CONFIG
    key = (
        check_key(environ.get("OPENAI_API_KEY"), "OPENAI_API_KEY")
        or _key_file(paths)
        or check_key(config.api_key, f"api_key in {paths.settings}")
    )
    azure = None if base_url or key else _azure_url(environ)
    if azure:
        source, base_url = "AZURE_OPENAI_ENDPOINT", azure
        key = check_key(environ.get("AZURE_OPENAI_API_KEY"), "AZURE_OPENAI_API_KEY")
    timeout = _seconds(environ.get("INTERVIEWER_TIMEOUT"), config.timeout, DEFAULT_TIMEOUT, "timeout")
    settings = Settings(
        grader=_grader(grader, "grader")
        or _grader(environ.get("INTERVIEWER_GRADER"), "INTERVIEWER_GRADER")
        or config.grader
        or "auto",
        model=clean_line(model or environ.get("INTERVIEWER_MODEL") or config.model or "") or None,
        base_url=base_url,
        api_key=SecretStr(key) if key else None,
        organization=check_key(environ.get("OPENAI_ORG_ID"), "OPENAI_ORG_ID"),
        project=check_key(environ.get("OPENAI_PROJECT_ID"), "OPENAI_PROJECT_ID"),
        address_source=source,
        azure_api_version=(azure and environ.get("OPENAI_API_VERSION", "").strip()) or None,
        timeout=timeout,
        deadline=max(timeout, _seconds(environ.get("INTERVIEWER_DEADLINE"), config.deadline, DEFAULT_DEADLINE, "deadline")),
        max_tokens=_max_tokens(environ.get("INTERVIEWER_MAX_TOKENS"), config),
        proxies=tuple(name for name in sorted(environ) if name.lower() in _PROXIES and environ[name]),
        transcription_model=clean_line(environ.get("INTERVIEWER_TRANSCRIPTION_MODEL") or config.transcription_model or "")
        or None,
        transcription_url=check_address(environ.get("INTERVIEWER_TRANSCRIPTION_URL"), "INTERVIEWER_TRANSCRIPTION_URL")
        or check_address(config.transcription_url, f"transcription_url in {paths.settings}"),
        samples=samples,
        propose=propose,
    )
    debug(
        __name__,
        "grader %s, model %s at %s, %s; timeout %g s, samples %d, proxies %s",
        *(settings.kind, settings.model, settings.host, "with a key" if key else "without a key"),
        *(settings.timeout, samples, settings.proxies),
    )
    if settings.kind == "llm":
        _check_llm(settings, environ)
    return settings


def _check_llm(settings: Settings, environ: Mapping[str, str]) -> None:
    if not settings.api_key and not settings.base_url:
        raise InputError(
            "the LLM grader needs an API key",
            next_step="set OPENAI_API_KEY (any value for a local server) or OPENAI_BASE_URL, or use --grader embedded",
        )
    check_key_is_safe(settings)
    for name in settings.proxies:
        if not settings.local and not environ[name].isprintable():
            raise InputError(f"{name} holds a control character or a line end", next_step="set it again, or unset it")


def check_key_is_safe(settings: Settings) -> None:
    """Refuse to send a key where others could read it.

    Raises:
        InputError: it would travel unencrypted.
    """
    if settings.api_key and urlsplit(settings.endpoint).scheme == "http" and not settings.local:
        raise InputError(
            f"the key would go to {settings.host} unencrypted",
            next_step="use an https:// address in OPENAI_BASE_URL, or unset OPENAI_API_KEY for this server",
        )


def _grader(value: str | None, source: str) -> GraderChoice | None:
    choice = (value or "").strip().lower()
    for known in get_args(GraderChoice):
        if choice == known:
            return choice  # type: ignore[return-value]  # mypy does not narrow a str to a Literal by comparison
    if choice:
        raise InputError(f"{source} is {clean_line(choice)!r}", next_step="use auto, llm or embedded")
    return None


def _azure_url(environ: Mapping[str, str]) -> str | None:
    """Return the address below which Azure has the API, /v1 or that of a version, if it is set."""
    endpoint = check_address(environ.get("AZURE_OPENAI_ENDPOINT"), "AZURE_OPENAI_ENDPOINT")
    path = "/openai" if environ.get("OPENAI_API_VERSION", "").strip() else "/openai/v1"
    return endpoint and endpoint.removesuffix("/openai/v1") + path  # the portal shows the address with it


def check_key(value: str | None, source: str) -> str | None:
    """Return a key that can be sent, or None if there is none.

    Raises:
        InputError: it holds what no key holds; the key itself is not in the message.
    """
    key = (value or "").strip()
    if not key:
        return None
    faults = {
        "a space or a line end": any(c.isspace() for c in key),
        "a non-ASCII character": not key.isascii(),
        "a control character": not key.isprintable(),
    }
    for fault, found in faults.items():
        if found:
            raise InputError(f"the key in {source} contains {fault}", next_step="copy it again")
    return key


def _key_file(paths: Paths) -> str | None:
    try:
        return check_key(paths.key.read_text(encoding="utf-8"), str(paths.key))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the key in {paths.key}", next_step="store it again: interviewer keys set") from error


def _seconds(value: str | None, configured: float | None, default: float, name: str) -> float:
    raw = (value or "").strip() or configured
    if raw is None:
        return default
    try:
        seconds = float(raw)
    except (ValueError, OverflowError):
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise InputError(f"the {name} is {clean_line(str(raw), 40)!r}", next_step="it is in seconds, 1 to 3600")
    return seconds


def _max_tokens(value: str | None, config: UserConfig) -> int:
    raw = (value or "").strip() or config.max_tokens
    if raw is None:
        return DEFAULT_MAX_TOKENS
    tokens = int(raw) if isinstance(raw, int) or re.fullmatch(r"\d{1,9}", raw, re.ASCII) else 0
    if not 500 <= tokens <= 1_000_000:
        shown = clean_line(str(raw), 40)
        raise InputError(f"the limit of tokens is {shown!r}", next_step="INTERVIEWER_MAX_TOKENS is a number, 500 to 1000000")
    return tokens
