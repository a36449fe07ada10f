"""Flag over environment over config over default, and every bad value named."""

from pathlib import Path

import pytest

from interviewer.context import Paths, user_paths
from interviewer.errors import InputError
from interviewer.settings import DEFAULT_MAX_TOKENS, DEFAULT_TIMEOUT, load_settings


def paths(home: Path, config: str = "") -> Paths:
    home.mkdir(exist_ok=True)
    if config:
        (home / "config.toml").write_text(config)
    return Paths(data=home, config=home)


def test_nothing_set_means_the_embedded_grader(home: Path) -> None:
    settings = load_settings({}, paths(home))
    assert (settings.kind, settings.timeout) == ("embedded", DEFAULT_TIMEOUT)


@pytest.mark.parametrize("environ", [{"OPENAI_API_KEY": "sk-1"}, {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}])
def test_a_key_or_an_address_means_an_llm(home: Path, environ: dict[str, str]) -> None:
    assert load_settings(environ, paths(home)).kind == "llm"


def test_a_flag_beats_the_environment_which_beats_the_config(home: Path) -> None:
    where = paths(home, 'model = "from-config"\ntimeout = 7\n')
    assert load_settings({}, where).model == "from-config"
    assert load_settings({"INTERVIEWER_MODEL": "from-env"}, where).model == "from-env"
    assert load_settings({"INTERVIEWER_MODEL": "from-env"}, where, model="from-flag").model == "from-flag"
    assert load_settings({}, where).timeout == 7


def test_the_limit_of_tokens_can_be_set(home: Path) -> None:
    assert load_settings({}, paths(home)).max_tokens == DEFAULT_MAX_TOKENS
    assert load_settings({}, paths(home, "max_tokens = 500\n")).max_tokens == 500
    assert load_settings({"INTERVIEWER_MAX_TOKENS": " 1000000 "}, paths(home)).max_tokens == 1_000_000


def test_empty_variables_are_unset(home: Path) -> None:
    settings = load_settings({"OPENAI_BASE_URL": " ", "OPENAI_API_KEY": "\n"}, paths(home))
    assert (settings.base_url, settings.api_key) == (None, None)


AZURE = {"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/", "AZURE_OPENAI_API_KEY": "az"}


@pytest.mark.parametrize("config", ['api_key = "sk-1"', 'base_url = "http://127.0.0.1:1/v1"'])
def test_azure_counts_only_where_nothing_else_is_set(home: Path, config: str) -> None:
    azure = load_settings(AZURE, paths(home))
    assert (azure.kind, azure.endpoint, azure.bearer) == ("llm", "https://x.openai.azure.com/openai/v1", "az")
    assert azure.address_setting == "AZURE_OPENAI_ENDPOINT"
    other = load_settings(AZURE, paths(home, config))
    assert "azure" not in other.endpoint
    assert other.bearer != "az"
    assert other.azure_api_version is None
    assert other.address_setting == ("base_url in config.toml" if "base_url" in config else "OPENAI_BASE_URL")


@pytest.mark.parametrize(
    ("endpoint", "version", "address"),
    [
        ("https://x.openai.azure.com/openai/v1/", "", "https://x.openai.azure.com/openai/v1"),
        ("https://x.openai.azure.com", "2024-10-21", "https://x.openai.azure.com/openai"),
        ("https://gateway.example/azure", " ", "https://gateway.example/azure/openai/v1"),
    ],
)
def test_azure_has_an_address_for_each_form_of_its_api(home: Path, endpoint: str, version: str, address: str) -> None:
    settings = load_settings({"AZURE_OPENAI_ENDPOINT": endpoint, "OPENAI_API_VERSION": version}, paths(home))
    assert settings.endpoint == address
    assert bool(settings.azure_api_version) == (address[-3:] != "/v1")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"AZURE_OPENAI_ENDPOINT": "x.openai.azure.com"}, "AZURE_OPENAI_ENDPOINT"),
        ({"OPENAI_BASE_URL": "localhost:11434"}, "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "ftp://x"}, "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "http://[::1"}, "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:0/v1"}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": "http://a/\u200b/v1"}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": "http://a/ v1"}, "OPENAI_BASE_URL is not a web address"),
        ({"OPENAI_BASE_URL": "http://a/v1?key=canary"}, "OPENAI_BASE_URL holds more than an address"),
        ({"OPENAI_BASE_URL": "http://a/v1#canary"}, "OPENAI_BASE_URL holds more than an address"),
        ({"OPENAI_API_KEY": "sk canary"}, "space"),
        ({"OPENAI_API_KEY": "sk-cänary"}, "non-ASCII"),
        ({"INTERVIEWER_GRADER": "magic"}, "INTERVIEWER_GRADER"),
        ({"INTERVIEWER_TIMEOUT": "soon"}, "timeout"),
        ({"INTERVIEWER_TIMEOUT": "0"}, "timeout"),
        ({"INTERVIEWER_MAX_TOKENS": "499"}, "INTERVIEWER_MAX_TOKENS"),
        ({"INTERVIEWER_MAX_TOKENS": "1000001"}, "INTERVIEWER_MAX_TOKENS"),
        ({"INTERVIEWER_MAX_TOKENS": "8k"}, "INTERVIEWER_MAX_TOKENS"),
        ({"INTERVIEWER_MAX_TOKENS": "9" * 5_000}, "INTERVIEWER_MAX_TOKENS"),
        ({"INTERVIEWER_GRADER": "llm"}, "needs an API key"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://example.com/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://10.0.0.1/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://[2001:db8::1]/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://1/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://localhost.example.com/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "OPENAI_BASE_URL": "http://notlocalhost/v1"}, "unencrypted"),
        ({"OPENAI_API_KEY": "canary", "all_proxy": "http://a\r"}, "all_proxy holds a control character"),
        ({"INTERVIEWER_TIMEOUT": "9" * 500}, "timeout"),
    ],
)
def test_a_bad_value_is_named_without_showing_a_key(home: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(InputError) as caught:
        load_settings(environ, paths(home))
    told = caught.value.message + caught.value.next_step
    assert named in told
    assert "canary" not in told
    assert "cänary" not in told


def test_a_broken_config_names_file_and_field(home: Path) -> None:
    with pytest.raises(InputError, match=r"config\.toml: colour"):
        load_settings({}, paths(home, 'colour = "red"'))
    with pytest.raises(InputError, match=r"not valid TOML"):
        load_settings({}, paths(home, "model = "))


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "[::]", "[::1]", "127.0.0.2", "127.1", "0", "[::ffff:127.0.0.1]", "LOCALHOST.", "llm.localhost"]
)
def test_every_address_of_this_machine_may_have_the_key(home: Path, host: str) -> None:
    settings = load_settings({"OPENAI_BASE_URL": f"http://{host}:8080/v1", "OPENAI_API_KEY": "sk-1"}, paths(home))
    assert settings.local


@pytest.mark.parametrize(
    "config",
    [
        *(f"timeout = {'7' * 4301}", f"timeout = {'7' * 4000}", f"timeout = {'[' * 3000}", "timeout = 1e999", "timeout = nan"),
        *(f"timeout = 0x{'f' * 5000}", f"max_tokens = 0x{'f' * 5000}"),
    ],
    ids=["unreadable number", "huge number", "nested", "infinite", "nan", "hexadecimal timeout", "hexadecimal limit"],
)
def test_a_config_with_monstrous_numbers_is_one_clear_line(home: Path, config: str) -> None:
    with pytest.raises(InputError, match=r"not valid TOML|the timeout is|(timeout|max_tokens): ") as caught:
        load_settings({}, paths(home, config))
    assert len(caught.value.message) < 500


def test_a_proxy_does_not_matter_where_none_is_asked(home: Path) -> None:
    environ = {"https_proxy": "http://a\n"}
    assert load_settings(environ, paths(home)).kind == "embedded"
    assert load_settings(environ | {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, paths(home)).local


def test_the_name_of_a_model_holds_nothing_that_steers_a_terminal(home: Path) -> None:
    where = paths(home, 'transcription_model = "whis\\u001b[31mper"')
    settings = load_settings({"INTERVIEWER_MODEL": " gemma\x1b]0;x\x07-4\n"}, where)
    assert (settings.model, settings.transcription_model) == ("gemma-4", "whisper")


@pytest.mark.parametrize("folder", ["~no-such-person/home", "x" * 5000])
def test_a_home_that_names_no_place_is_one_clear_line(folder: str) -> None:
    with pytest.raises(InputError, match="INTERVIEWER_HOME cannot be used"):
        user_paths({"INTERVIEWER_HOME": folder})


def test_a_home_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_paths({"INTERVIEWER_HOME": "~/practice"}).data == tmp_path / "practice"
