"""Promise: a token of a registered identity provider opens the roles that trust it, for as long as and to whom the
trust policy says; any other token opens nothing.

Texts: "Incorrect token audience", "No OpenIDConnect provider found in your account for ...", "Couldn't retrieve
verification key ...", "Token expired: ...", "Not authorized to perform sts:AssumeRoleWithWebIdentity" and the one on
thumbprints are those of the real service, as its users quote them."""

import concurrent.futures
import json
import pathlib
import signal
import subprocess
import sys
import time

import botocore.exceptions
import pytest
from blackbox_server import Server, until
from identity_provider import Key, Provider, claims_of

ISSUER = "https://idp.example/realm"
CLIENT = "my-client"
ACCOUNT = "000000000000"
ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NO_KEY = ("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
          "documentation for requirements")


def provider_arn(issuer=ISSUER):
    return f"arn:aws:iam::{ACCOUNT}:oidc-provider/" + issuer.removeprefix("https://")


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys = {name: Key(self.folder, "key-" + name, name) for name in ALGORITHMS}
        self.weak = Key(self.folder, "weak", "RS256", bits=1024)
        # In the data directory, which the server can still read when it is root no more.
        (self.folder / "data").mkdir()
        self.key_file = self.folder / "data" / "idp.json"
        self.key_file.write_text(json.dumps({"keys": [key.jwk for key in [*self.keys.values(), self.weak]]}))
        self.server = Server(str(self.folder / "data"), "--oidc-keys", ISSUER + "=idp.json").start()
        self.iam = self.server.client("iam")
        self.sts = self.server.client("sts")
        self.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[CLIENT])
        self.key = self.keys["RS256"]

    def role(self, name, conditions=None, issuer=ISSUER, actions="sts:AssumeRoleWithWebIdentity", **options):
        trust = {"Version": "2012-10-17",
                 "Statement": {"Effect": "Allow", "Principal": {"Federated": provider_arn(issuer)}, "Action": actions,
                               **({"Condition": conditions} if conditions else {})}}
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **options)
        return self.iam.get_role(RoleName=name)["Role"]["Arn"]

    def assume(self, role, token, **options):
        return self.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="me", WebIdentityToken=token, **options)

    def token(self, key=None, header=None, **claims):
        return (key or self.key).token(claims_of(**{"issuer": ISSUER, "audience": CLIENT, "subject": "user-1", **claims}),
                                       **(header or {}))

    def refusal(self, role, token, **options):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            self.assume(role, token, **options)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]

    def as_session(self, answer, service):
        keys = answer["Credentials"]
        return self.server.client(service, aws_access_key_id=keys["AccessKeyId"],
                                  aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("web-identity"))
    yield made
    assert made.server.stop() == 0


@pytest.fixture(scope="module")
def role(world):
    url = ISSUER.removeprefix("https://")
    return world.role("web", {"StringEquals": {url + ":aud": CLIENT}, "StringLike": {url + ":sub": "user-*"}})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_every_algorithm_opens_the_role(world, role, algorithm):
    answer = world.assume(role, world.token(world.keys[algorithm]))
    assert answer["SubjectFromWebIdentityToken"] == "user-1"
    assert answer["Audience"] == CLIENT
    assert answer["Provider"] == provider_arn()
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/me"
    assert "PackedPolicySize" not in answer
    assert world.as_session(answer, "sts").get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]


def test_a_signature_that_is_not_the_providers_opens_nothing(world, role):
    good = world.token()
    head, claims, signature = good.split(".")
    other = world.token(subject="user-2").split(".")
    for forged in [f"{head}.{other[1]}.{signature}", f"{head}.{claims}.{other[2]}", f"{head}.{claims}.",
                   f"{head}.{claims}.AAAA"]:
        code, status, _ = world.refusal(role, forged)
        assert (code, status) == ("InvalidIdentityToken", 400)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"kid": "gone"}, {"alg": "ES256"}, {"alg": "RS512"},
                                    {"alg": "PS256"}])
def test_a_header_cannot_choose_how_it_is_checked(world, role, header):
    assert world.refusal(role, world.token(header=header)) == ("InvalidIdentityToken", 400, NO_KEY)


def test_a_token_that_names_no_key_is_of_the_only_one_that_fits(world, role):
    world.assume(role, world.token(header={"kid": None}))


def test_a_weak_key_is_no_key(world, role):
    assert world.refusal(role, world.token(world.weak)) == ("InvalidIdentityToken", 400, NO_KEY)


def test_the_aws_command_takes_its_token_from_a_file(world, role):
    file = world.folder / "token"
    file.write_text(world.token())
    environment = {**world.server.environment(), "AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
                   "AWS_ROLE_SESSION_NAME": "pod"}
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]:
        del environment[name]
    command = [str(pathlib.Path(sys.executable).parent / "aws"), "sts", "get-caller-identity"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/pod"


def test_what_is_no_token_is_told_so(world, role):
    for text in ["abcd", "a.b.c", "....", world.token(exp=1.5), world.token(exp="soon"), world.token(header={"crit": []})]:
        code, status, message = world.refusal(role, text)
        assert (code, status) == ("InvalidIdentityToken", 400)
        assert message.startswith("The ID Token provided is not a valid JWT.")
    for claim in ["exp", "subject", "audience"]:
        assert world.refusal(role, world.token(**{claim: None}))[2].startswith("Missing a required claim: ")


def test_issuer_and_audience_must_be_registered(world, role):
    assert world.refusal(role, world.token(issuer="https://other.example")) == (
        "InvalidIdentityToken", 400, "No OpenIDConnect provider found in your account for https://other.example")
    assert world.refusal(role, world.token(issuer="http://idp.example/realm"))[0] == "InvalidIdentityToken"
    assert world.refusal(role, world.token(audience="another")) == ("InvalidIdentityToken", 400, "Incorrect token audience")
    # A list is meant for each of its members.
    assert world.assume(role, world.token(audience=["another", CLIENT]))["Audience"] == CLIENT


def test_a_token_has_its_time(world, role):
    now = int(time.time())
    code, status, message = world.refusal(role, world.token(exp=now - 1))
    assert (code, status) == ("ExpiredTokenException", 400)
    assert message.startswith("Token expired: current date/time ")
    assert world.refusal(role, world.token(nbf=now + 1000))[0] == "InvalidIdentityToken"
    assert world.refusal(role, world.token(iat=now + 1000))[0] == "InvalidIdentityToken"
    world.assume(role, world.token(nbf=now + 60))  # clocks differ a little


def test_the_trust_policy_decides_on_subject_party_and_methods(world, role):
    assert world.refusal(role, world.token(subject="someone")) == ("AccessDenied", 403, NOT_AUTHORIZED)
    assert world.refusal(role + "-not-there", world.token()) == ("AccessDenied", 403, NOT_AUTHORIZED)
    url = ISSUER.removeprefix("https://")
    picky = world.role("picky", {"StringEquals": {url + ":azp": "app"}, "ForAnyValue:StringLike": {url + ":amr": "mfa"}})
    assert world.refusal(picky, world.token(azp="app", amr=["pwd"]))[0] == "AccessDenied"
    assert world.refusal(picky, world.token(amr=["pwd", "mfa"]))[0] == "AccessDenied"
    world.assume(picky, world.token(azp="app", amr=["pwd", "mfa"]))
    # A role that trusts users or services does not trust a token.
    assert world.refusal(f"arn:aws:iam::{ACCOUNT}:role/test", world.token())[0] == "AccessDenied"


def test_the_session_lasts_as_long_as_the_role_allows(world, role):
    before = time.time()
    answer = world.assume(role, world.token(), DurationSeconds=900)
    assert 890 <= answer["Credentials"]["Expiration"].timestamp() - before <= 902
    assert world.refusal(role, world.token(), DurationSeconds=7200) == (
        "ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    assert world.refusal("arn:aws:s3:::not-a-role-at-all", world.token())[0] == "ValidationError"


def test_the_sessions_token_is_as_long_as_its_bearer_wants(world, role):
    answer = world.assume(role, world.token(), MinimumSessionTokenSize=3000)
    assert 3000 <= answer["SessionTokenSize"] == len(answer["Credentials"]["SessionToken"])
    assert world.as_session(answer, "sts").get_caller_identity()["Account"] == ACCOUNT


def test_a_session_policy_limits_the_session(world):
    arn = world.role("limited")
    world.iam.attach_role_policy(RoleName="limited", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}})
    answer = world.assume(arn, world.token(), Policy=policy)
    assert answer["PackedPolicySize"] > 0
    limited = world.as_session(answer, "iam")
    limited.list_roles()
    with pytest.raises(botocore.exceptions.ClientError, match="no session policy allows the iam:ListUsers"):
        limited.list_users()
    world.as_session(world.assume(arn, world.token()), "iam").list_users()


def test_the_provider_tags_the_session_where_the_role_lets_it(world, role):
    tags = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}}
    assert world.refusal(role, world.token(**tags))[:2] == ("AccessDenied", 403)
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
    arn = world.role("tagged", {"StringEquals": {"aws:RequestTag/team": "red"}}, actions=actions)
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*", "Condition": {
        "StringEquals": {"aws:PrincipalTag/team": "red", "aws:FederatedProvider": provider_arn(),
                         "aws:SourceIdentity": "ann"}}}}
    world.iam.put_role_policy(RoleName="tagged", PolicyName="p", PolicyDocument=json.dumps(document))
    answer = world.assume(arn, world.token(**tags, **{"https://aws.amazon.com/source_identity": "ann"}))
    assert answer["SourceIdentity"] == "ann" and answer["PackedPolicySize"] > 0
    world.as_session(answer, "iam").list_roles()
    flat = {"https://aws.amazon.com/tags/principal_tags/team": "blue"}
    assert world.refusal(arn, world.token(**flat))[0] == "AccessDenied"
    with pytest.raises(botocore.exceptions.ClientError, match="not authorized"):
        world.as_session(world.assume(arn, world.token(**{**flat, "https://aws.amazon.com/tags/principal_tags/team": "red"})),
                         "iam").list_roles()  # no source identity


def test_a_placed_key_set_is_read_again_when_told_so(world, role):
    file = world.key_file
    before = file.read_text()
    key = Key(world.folder, "added")
    token = world.token(key)
    assert world.refusal(role, token)[2] == NO_KEY

    def taken():
        try:
            return world.assume(role, token)
        except botocore.exceptions.ClientError:
            return None

    file.write_text(json.dumps({"keys": [*json.loads(before)["keys"], key.jwk]}))
    world.server.process.send_signal(signal.SIGHUP)
    until(taken)
    file.write_text("no keys")  # keeps what there was
    world.server.process.send_signal(signal.SIGHUP)
    until(lambda: "stay as they were" in pathlib.Path(world.server.data + ".log").read_text())
    world.assume(role, token)


@pytest.fixture
def online(world, tmp_path):
    provider = Provider(tmp_path)
    provider.keys.append(Key(tmp_path, "first"))
    yield provider
    provider.stop()


def register(world, provider, thumbprints):
    arn = world.iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=[CLIENT],
                                                    ThumbprintList=thumbprints)["OpenIDConnectProviderArn"]
    assert arn == provider_arn(provider.issuer)
    return world.role("online-" + str(provider.server.server_port), issuer=provider.issuer), arn


def test_keys_are_fetched_kept_and_fetched_again_for_a_new_one(world, online):
    role, _ = register(world, online, [online.thumbprint.upper()])
    token = world.token(online.keys[0], issuer=online.issuer)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:  # the first of them asks, for all
        list(pool.map(lambda _: world.assume(role, token), range(24)))
    assert online.requests == ["/realm/.well-known/openid-configuration", "/realm/keys"]
    online.keys.append(Key(world.folder, "second"))
    token = world.token(online.keys[1], issuer=online.issuer)
    # Not sooner than ten seconds after the last time, so that nobody makes the server ask at will.
    assert world.refusal(role, token)[2] == NO_KEY
    assert len(online.requests) == 2
    time.sleep(10.5)
    world.assume(role, token)
    assert len(online.requests) == 4


def test_a_provider_with_a_strange_certificate_is_not_believed(world, online):
    role, arn = register(world, online, ["0" * 40])
    token = world.token(online.keys[0], issuer=online.issuer)
    assert world.refusal(role, token) == (
        "InvalidIdentityToken", 400, "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
    assert online.requests == []
    world.iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[online.thumbprint])
    world.assume(role, token)


def test_a_thumbprint_stands_for_no_other_host(world, online):
    online.issuer = online.issuer.replace("localhost", "127.0.0.1")  # for which there is no certificate
    role, _ = register(world, online, [online.thumbprint])
    assert world.refusal(role, world.token(online.keys[0], issuer=online.issuer))[2].startswith("OpenIDConnect provider's HTTPS")
    assert online.requests == []


def test_a_configuration_of_another_issuer_is_not_taken(world, online):
    role, _ = register(world, online, [online.thumbprint])
    token = world.token(online.keys[0], issuer=online.issuer)
    online.issuer += "/other"
    assert world.refusal(role, token) == ("InvalidIdentityToken", 400, NO_KEY)


def test_a_provider_that_is_not_there_is_told(world, online):
    role, _ = register(world, online, [online.thumbprint])
    online.server.socket.close()
    code, status, _ = world.refusal(role, world.token(online.keys[0], issuer=online.issuer))
    assert (code, status) == ("IDPCommunicationError", 400)
