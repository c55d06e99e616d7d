"""Names of things that do the same job, so that one of them is used at a time: libraries, shells, currencies."""

# Job -> who does it, as regular expressions; the names that follow a slash are further ones of the same.
_NAMES = {
    "system": "windows macos/mac linux/ubuntu/debian/fedora android ios",
    "shell": "bash powershell zsh fish",
    "citation style": "apa mla chicago harvard ieee vancouver bibtex",
    "docstring style": "google numpy/numpydoc sphinx/restructuredtext epytext",
    "currency": "euros?/eur (?:us\\s)?dollars?/usd (?:british\\s)?pounds?/gbp/sterling yen/jpy francs?/chf rupees?/inr",
    "tense": "past\\stense present\\stense future\\stense",
    "person": "first\\sperson second\\sperson third\\sperson",
    "data frames": "pandas polars dask pyspark",
    "plots": "matplotlib seaborn plotly altair bokeh ggplot2?",
    "web requests": "requests httpx aiohttp urllib3? axios fetch",
    "web pages": "react vue angular svelte vanilla/plain\\sjavascript jquery",
    "web servers": "flask django fastapi express",
    "tests": "pytest unittest nose doctests? jest mocha vitest",
    "deep learning": "pytorch/torch tensorflow jax keras",
    "packages": "pip conda poetry uv npm yarn pnpm",
    "formatters": "black ruff yapf autopep8 prettier",
    "databases": "postgres(?:ql)? mysql/mariadb sqlite oracle mongodb",
    "styles": "css sass/scss tailwind bootstrap",
    "records": "dataclass(?:es)? namedtuples? pydantic attrs typeddicts?",
    "text formats": "markdown html latex/tex plain\\stext rst org-mode asciidoc",
    "data formats": "json yaml xml csv toml",
    "editor": "vim?/neovim emacs vs\\s?code pycharm/intellij",
    "programs": "python javascript/js typescript/ts java rust go/golang c\\+\\+ c# ruby kotlin swift julia matlab",
    "loops": "(?:list\\s)?comprehensions? (?:plain\\s|for\\s)?loops? recursion",
    "strings": "f-strings? str\\.format %-formatting",
    "diagrams": "mermaid ascii\\s(?:art|diagrams?) graphviz plantuml",
    "lengths": "met(?:re|er)s? feet/foot/yards?",
    "small lengths": "centimet(?:re|er)s?/cm/millimet(?:re|er)s? inch(?:es)?",
    "body weight": "kilos?/kilograms?/kg pounds/lbs?/stone",
    "fluids": "lit(?:re|er)s? gallons?/pints?",
    "energy of food": "kcal/calories kilojoules?/kj",
    "waiting": "async/await promises callbacks threads?",
    "medicines": "generic(?:\\snames?)? brand(?:\\snames?)?",
    "species": "latin(?:\\snames?) common(?:\\snames?)",
    "marks in text": "italics? bold(?:face)? underlin(?:es?|ed|ing)",
    "time zone": "utc/gmt local\\stime (?:us\\s)?eastern(?:\\stime)? cet",
}


def rival_slots() -> dict[str, dict[str, str]]:
    """Job -> name -> the pattern of what it is called."""
    return {
        job: {name.split("/")[0]: name.replace("/", "|") for name in names.split()} for job, names in _NAMES.items()
    }
