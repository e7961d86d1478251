"""The main function of the training process.

It takes one job from the pipe, trains, writes the adapter and ends. Imported by the application too (spawning
needs the function's name), so torch and the like are imported inside it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from multiprocessing.connection import Connection

import psutil

from costeer.foundation.child_process import bound_memory, give_back_memory, leave_with_parent
from costeer.foundation.errors import BugError, Cancelled, CoSteerError, KnownError, StorageError
from costeer.foundation.system_words import system_words
from costeer.learning.extra import missing
from costeer.learning.messages import PAUSE, STOP, DpoSettings, NotTrained, Report, Stopped, Trained, TrainingJob

_MOST_COMMANDS = 1_000_000


def run_training(connection: Connection) -> None:
    """Reports come over `connection`, the last of them Trained, Stopped or NotTrained."""
    leave_with_parent()
    give_back_memory()
    give_way()
    with contextlib.suppress(EOFError, OSError):  # the parent has closed the pipe or is gone: nobody left to tell
        connection.send(_train(connection, connection.recv()))


def give_way() -> None:
    """Whatever else the computer has to do comes first."""
    process = psutil.Process()
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            process.nice(psutil.IDLE_PRIORITY_CLASS)
        else:
            process.nice(19)


def _train(connection: Connection, job: TrainingJob) -> Report:
    def wait() -> None:
        """Do as the application says; only waits while it says so."""
        command = ""
        for _ in range(_MOST_COMMANDS):
            if not (command == PAUSE or connection.poll()):
                return
            command = connection.recv()
            if command == STOP:
                raise Cancelled

    os.environ["OMP_NUM_THREADS"] = str(job.threads)
    os.environ["TQDM_DISABLE"] = "1"
    warnings.simplefilter("ignore")  # of libraries, about themselves; what fails raises
    try:
        import torch

        from costeer.learning.base_model import load_adapted
        from costeer.learning.dpo import DpoTraining
        from costeer.learning.sft import SftTraining
        from costeer.learning.training import Training
    except ImportError as error:
        return NotTrained(missing(str(error.name)))
    objective = DpoTraining if isinstance(job.settings, DpoSettings) else SftTraining
    training: Training | None = None
    try:
        if job.most_memory is not None:
            bound_memory(job.most_memory, of_addresses=False)
        torch.set_num_threads(job.threads)
        wait()
        adapted = load_adapted(job.model_file, job.settings.lora, job.settings.seed)
        training = objective(job, adapted, connection.send, wait)
        training.run()
        adapted.write(job.adapter, {"trained_by": objective.__name__, "base": job.model_file.name})
        return Trained(training.seconds, _most_resident(), training.losses, training.held_out)
    except Cancelled:
        if training is not None:
            with contextlib.suppress(OSError):  # what was not kept is computed again
                training.keep()
        return Stopped()
    except OSError as error:
        return NotTrained(
            StorageError(
                "The training cannot be written to {folder} ({why}); make room there and go on.",
                folder=job.folder,
                why=system_words(error),
            )
        )
    except CoSteerError as error:
        return NotTrained(error)
    except Exception as error:  # noqa: BLE001 - the border of the process: the parent raises and logs it
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
            return NotTrained(KnownError("There is not enough memory to train; close other programs."))
        unforeseen = BugError("The training failed in an unforeseen way; please report this.")
        return NotTrained(unforeseen, tuple(traceback.format_exc().splitlines()))


def _most_resident() -> int:
    """Bytes; 0 where nobody tells."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most) if sys.platform == "darwin" else 1024 * int(most)
