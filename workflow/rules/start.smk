"""What comes before Snakemake reads config/config.yaml: the library, the folder, and all config files, strictly."""

import gc
import sys
from pathlib import Path

# All that is made while the rules are read stays, so looking for garbage among it is in vain: 0.3 s of each start.
# The end of the Snakefile ends this.
gc.freeze()
gc.disable()

sys.path.insert(0, str(Path(workflow.basedir) / "workflow/scripts"))

from leptonid.errors import InputError
from leptonid.study.config import check_folder, check_paths
from leptonid.study.yaml_file import check_config_values, read_yaml

try:
    check_folder(Path.cwd(), workflow.basedir)
    check_paths(Path.cwd(), workflow.configfiles, bool(workflow.deployment_settings.deployment_method))
    check_config_values(workflow.config_settings.config_args or ())
    # In the order in which Snakemake merges them; it reads them itself, but passes over their faults.
    CONFIG_FILES = [read_yaml(file) for file in ("config/config.yaml", *workflow.configfiles)]
except InputError as error:
    raise WorkflowError(str(error))
