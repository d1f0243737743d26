"""Who may know whom: read off the imports, so that a breach fails here and not in a review."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from communique.config import ROOT

PACKAGE = ROOT / "src" / "communique"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted((ROOT / "src").glob("*.py"))
VERBS = ("training", "evaluating", "predicting", "sweeping", "describing", "benching")
ALLOWED = {
    "hydra": {"composition.py"},
    "omegaconf": {"composition.py"},
    "mlflow": {"serving.py", "tracking/"},
    "torch": {"models/transformer/", "models/student/fitting.py", "benchmarks/peers/"},
    "transformers": {"models/transformer/", "benchmarks/peers/"},
    "datasets": {"models/transformer/"},
    "onnx": {"models/transformer/"},
    "onnxruntime": {"models/transformer/"},
    "pyspark": {"spark/"},
}


def imported(path: Path) -> set[str]:
    """Give the dotted names of all modules that a file imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("library", ALLOWED)
def test_a_heavy_library_is_known_in_its_own_place_only(library: str) -> None:
    for module in MODULES:
        place = module.relative_to(PACKAGE).as_posix()
        if not place.startswith(tuple(ALLOWED[library])):
            assert not any(name.split(".")[0] == library for name in imported(module)), f"{place} imports {library}"


def test_verbs_do_not_import_each_other() -> None:
    for verb in VERBS:
        others = {f"communique.{other}" for other in VERBS if other != verb}
        assert not others & imported(PACKAGE / f"{verb}.py"), verb


def test_nobody_but_the_scripts_imports_a_verb() -> None:
    verbs = {f"communique.{verb}" for verb in VERBS}
    for module in MODULES:
        assert not verbs & imported(module), module


def test_the_codebook_stands_on_the_ground() -> None:
    ours = {name for name in imported(PACKAGE / "codebook.py") if name.startswith("communique")}
    assert ours == {"communique.errors", "communique.errors.InputError"}


def test_models_know_no_files_but_their_own() -> None:
    for module in (PACKAGE / "models").rglob("*.py"):
        ours = {name.split(".")[1] for name in imported(module) if name.startswith("communique.")}
        assert ours <= {"codebook", "config", "errors", "machine", "models", "paragraphs"}, module


def test_scripts_are_short() -> None:
    for script in SCRIPTS:
        assert len(script.read_text(encoding="utf-8").splitlines()) <= 30, script


@pytest.mark.parametrize("word", ["_target_", "cfg.get(", "pickle.load", "joblib.load", "trust_remote_code"])
def test_what_the_design_leaves_out_stays_out(word: str) -> None:
    files = [*MODULES, *SCRIPTS, *(ROOT / "conf").rglob("*.yaml"), *(ROOT / "experiments").glob("*.yaml")]
    assert [str(path) for path in files if word in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("script", [script.name for script in SCRIPTS])
def test_help_imports_nothing_heavy(script: str) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = [{script!r}, '--help']\n"
        f"try: runpy.run_path({str(ROOT / 'src' / script)!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'mlflow', 'datasets', 'transformers', 'sklearn', 'pandas', 'pyspark'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "[]"
