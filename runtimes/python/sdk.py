"""The AWS SDK, loaded once for all functions that import the host's own: what takes a third of a second then takes
milliseconds. Nobody sees it until it is imported, and whoever brings another one gets that."""

import sys

# Whose clients functions make most; what those need to be made is read ahead.
_SERVICES = ("dynamodb", "events", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "stepfunctions", "sts")
# That of the rehearsal's client, and what a client needs of its environment.
_REHEARSED = "sts"
_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_SESSION_TOKEN": "none",
                "AWS_DEFAULT_REGION": "us-east-1"}
# How often there is what a process needs once: for its rehearsal, and for the function.
_TIMES = 2

_loaded = None


def load_ahead():
    global _loaded
    try:
        _loaded = _LoadedSdk()
        sys.meta_path.insert(0, _loaded)
    except Exception:  # noqa: BLE001 - an SDK that is absent, or not of a kind we know, is imported as ever
        pass


def rehearse():
    """Makes a client, as a function probably will: see rehearsal.py."""
    try:
        if _loaded:
            _loaded.rehearse()
    except Exception:  # noqa: BLE001 - then the function's first client takes longer
        pass


def was_taken():
    return bool(_loaded and _loaded.taken)


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
        self.taken = False
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
        self.taken = True
        # But for the one that is being imported: of one that is there the import machinery asks the old loader.
        given = self._modules.pop(name)
        sys.modules.update(self._modules)
        sys.meta_path.extend(self._finders)
        return ModuleSpec(name, _Given(given))

    def rehearse(self):
        import os

        finders, variables = list(sys.meta_path), dict(os.environ)
        os.environ.update(_ENVIRONMENT)
        sys.modules.update(self._modules)
        try:
            self._modules["boto3"].session.Session().client(_REHEARSED)
        finally:
            for name in self._modules:
                del sys.modules[name]
            for name in _ENVIRONMENT:
                del os.environ[name]
            os.environ.update(variables)
            sys.meta_path[:] = finders

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
    import botocore.client
    import botocore.endpoint_provider
    import botocore.hooks
    import botocore.httpsession
    import botocore.loaders
    import botocore.session

    models = _Spares(botocore.client.ServiceModel, "service_description")
    rules = _Spares(botocore.endpoint_provider.RuleSet, "rules")
    botocore.client.ServiceModel, botocore.endpoint_provider.RuleSet = models.remember, rules.remember
    session = boto3.session.Session("none", "none", region_name="us-east-1")
    for service in _SERVICES:
        session.client(service)
    botocore.client.ServiceModel, botocore.endpoint_provider.RuleSet = models.give, rules.give
    loaded = session._session.get_component("data_loader")._cache
    spare_caches = [dict(loaded) for _ in range(_TIMES)]
    create = botocore.session.create_loader
    usual_paths = create().search_paths

    def create_loader(search_path_string=None):
        loader = create(search_path_string)
        if loader.search_paths == usual_paths and not loader._cache:
            # To copy it is to write to all that is in it.
            loader._cache = spare_caches.pop() if spare_caches else dict(loaded)
        return loader

    botocore.session.create_loader = create_loader
    # Half of making a first client is to register a session's hooks, which are the same in each. How it names itself is
    # the only thing of the variables that it reads at once.
    name_itself = getattr(botocore.session.Session, "_register_user_agent_creator", None)
    botocore.session.get_session = _given_first(botocore.session.get_session, [botocore.session.Session() for _ in range(_TIMES)], name_itself)
    # A client has three, each of which takes OpenSSL as long as all else that a client needs of it.
    create_context = botocore.httpsession.create_urllib3_context
    botocore.httpsession.create_urllib3_context = _given_first(create_context, [create_context() for _ in range(3 * _TIMES)])
    botocore.hooks.accepts_kwargs = _quick(botocore.hooks.accepts_kwargs)


def _given_first(make, spare, renew=None):
    """Makes what `make` does; where that depends on no argument, what is spare comes first."""

    def give(*arguments, **options):
        if not spare or arguments or options:
            return make(*arguments, **options)
        given = spare.pop()
        if renew:
            renew(given)
        return given

    return give


class _Spares:
    """Objects that were made of a document, one of each: the next that is to be made of the same one is that. The
    documents are in the loader's cache and stay there."""

    def __init__(self, make, document):
        self._make, self._document, self._spare = make, document, {}

    def remember(self, *arguments, **options):
        made = self._make(*arguments, **options)
        self._spare[id(self._of(arguments, options))] = made
        return made

    def give(self, *arguments, **options):
        spare = self._spare.pop(id(self._of(arguments, options)), None)
        return self._make(*arguments, **options) if spare is None else spare

    def _of(self, arguments, options):
        return arguments[0] if arguments else options[self._document]


def _quick(accepts_kwargs):
    """The same for functions, whose signature need not be written out for it."""
    from inspect import CO_VARKEYWORDS
    from types import FunctionType, MethodType

    def accepts(function):
        plain = function.__func__ if type(function) is MethodType else function
        return plain.__code__.co_flags & CO_VARKEYWORDS if type(plain) is FunctionType else accepts_kwargs(function)

    return accepts
