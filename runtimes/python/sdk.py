"""The AWS SDK, loaded once for all functions that import the host's own: what takes a third of a second then takes
milliseconds. Nobody sees it until it is imported, and whoever brings another one gets that."""

import sys

# Whose clients functions make most; what those need to be made is read ahead.
_SERVICES = ("dynamodb", "events", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts")


def load_ahead():
    try:
        sys.meta_path.insert(0, _LoadedSdk())
    except Exception:  # noqa: BLE001 - an SDK that is absent, or not of a kind we know, is imported as ever
        pass


# Has a generator of random numbers that does not outlive a fork. The service's own runtimes lack it too.
_NOT_AHEAD = "awscrt"


class _LoadedSdk:
    """Finds the loaded modules where the import of any of them would find the same files."""

    def __init__(self):
        before, finders = set(sys.modules), list(sys.meta_path)
        sys.modules[_NOT_AHEAD] = None
        try:
            _load()
        finally:
            del sys.modules[_NOT_AHEAD]
            found = {name: module for name, module in sys.modules.items() if name not in before and _is_installed(module)}
            for name in found:
                del sys.modules[name]
            self._finders = [finder for finder in sys.meta_path if finder not in finders]
            sys.meta_path[:] = finders
        self._modules = found
        self._names = [name for name in found if "." not in name]
        self._origins = self._found_now()

    def find_spec(self, name, path=None, target=None):
        if path is not None or name not in self._names:
            return None
        from importlib.machinery import ModuleSpec

        sys.meta_path.remove(self)
        if self._found_now() != self._origins:
            return None
        sys.modules.update(self._modules)
        sys.meta_path.extend(self._finders)
        return ModuleSpec(name, _Given(self._modules[name]))

    def _found_now(self):
        from importlib.machinery import PathFinder

        specs = [PathFinder.find_spec(name) for name in (*self._names, _NOT_AHEAD)]
        return [spec and spec.origin for spec in specs]


class _Given:
    """The loader of a module that is there."""

    def __init__(self, module):
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec):
        return self._module

    def exec_module(self, module):
        module.__spec__ = self._spec


def _is_installed(module):
    return "packages/" in (getattr(module, "__file__", None) or "")


def _load():
    import boto3
    import botocore.loaders
    import botocore.session

    session = boto3.session.Session("none", "none", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    loaded = session._session.get_component("data_loader")
    create = botocore.session.create_loader
    usual_paths = create().search_paths

    def create_loader(search_path_string=None):
        loader = create(search_path_string)
        if loader.search_paths == usual_paths:
            loader._cache.update(loaded._cache)
        return loader

    # Half of making a first client is to register a session's hooks, which are the same in each.
    spare = [botocore.session.Session()]
    get = botocore.session.get_session

    def get_session(env_vars=None):
        return spare.pop() if spare and env_vars is None else get(env_vars)

    botocore.session.create_loader = create_loader
    botocore.session.get_session = get_session
