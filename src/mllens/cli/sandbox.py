"""The simulated AWS, for any client."""

from pathlib import Path

import click

from mllens.cli.exits import Exit


@click.group()
def sandbox() -> None:
    """The simulated AWS."""


@sandbox.command(
    epilog="Example: mllens sandbox serve --port 5000, then aws --endpoint-url http://127.0.0.1:5000 sagemaker list-endpoints"
)
@click.option("--port", default=5000, show_default=True, help="Port on loopback; 0 takes a free one.")
@click.option("--empty", is_flag=True, help="Without the demo account.")
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What goes wrong: a TOML or JSON file.",
)
def serve(port: int, faults: Path | None, *, empty: bool) -> int:
    """Serve the simulated AWS with the demo account over HTTP on loopback, until Ctrl-C."""
    try:
        from mllens.sandbox import Faults, Sandbox
        from mllens.sandbox.demo import seed
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"The simulator needs the extra demo ({error.name} is missing): pip install 'mllens[demo]'"
        ) from None
    try:
        chosen = Faults.read(faults) if faults else Faults()
    except (ValueError, TypeError) as error:  # TypeError: a value of another type than the fault takes
        raise click.UsageError(f"{faults}: {error}") from None
    import signal
    import threading

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Sandbox() as simulated:
        if not empty:
            seed(simulated)
        simulated.faults = chosen
        with simulated.serve(port=port) as url:
            click.echo(f"Simulated AWS on {url} (account {simulated.account}; regions {', '.join(simulated.regions)})")
            click.echo(
                f"Try: mllens audit --endpoint-url {url} --region {' --region '.join(simulated.regions)}   Stop with Ctrl-C."
            )
            stop.wait()
    return Exit.DONE
