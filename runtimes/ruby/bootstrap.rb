# The Ruby runtime: loads the function's handler, then serves events from the Runtime API until it is killed.
# Everything of ours is below one module, as methods at the top level would be methods of all of the function's
# objects.

require_relative 'lambda_context'
require_relative 'handler'
require_relative 'log'
require_relative 'marshaller'

# The official runtime has these loaded, so functions use them without asking.
autoload :Net, 'net/http'
autoload :OpenSSL, 'openssl'
autoload :Timeout, 'timeout'
autoload :URI, 'uri'

module Hearth
  INIT_FAILED = -4
  CRITICAL = -1

  # What many functions load.
  def self.load_ahead
    require 'net/http'
    require 'openssl'
    GC.start
    Process.respond_to?(:warmup) ? Process.warmup : GC.compact
  end

  # Loads what functions need, and goes on as each of the processes that are forked from this one (see sandbox/zygote.h
  # of the server). The server's library stands before fork() and returns from it only in them, with their variables.
  # Returns their options.
  def self.be_a_zygote
    require_relative 'pipe_client'
    load_ahead
    Process.fork
    # OpenSSL tells its processes apart by their ids, which are the same in many sandboxes.
    OpenSSL::Random.random_add(Random.urandom(32), 32)
    options = ENV.delete('HEARTH_OPTIONS').split
    take_environment(ENV.to_h)
    options
  end

  def self.take_environment(variables)
    # Also those that are the same: the time zone is looked up when it is set.
    ENV.update(variables)
    return unless defined?(Gem)

    # Gems are where the function's variables say.
    Gem.clear_paths
    Gem.refresh
  end

  # Started ahead of need: waits to be told which function this is.
  def self.become_a_function(client)
    take_environment(JSON.parse(client.environment))
    # What is there now was mounted over the directory this process started in.
    Dir.chdir(ENV.fetch('LAMBDA_TASK_ROOT'))
  end

  def self.client_of(options)
    if options.include?('--piped')
      require_relative 'pipe_client'
      return PipeClient.new
    end
    require_relative 'runtime_client'
    RuntimeClient.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
  end

  def self.load_handler(client)
    $LOAD_PATH.unshift(Dir.pwd) unless $LOAD_PATH.include?(Dir.pwd)
    Handler.new(ENV.fetch('_HANDLER', ''))
  rescue Exception => error # rubocop:disable Lint/RescueException - a function's code may raise anything
    failure = Failure.new(error, 'Init')
    Log.error("Init error when loading handler #{ENV.fetch('_HANDLER', '')}", failure)
    client.post_init_error(failure)
    exit(INIT_FAILED)
  end

  def self.serve(client, handler)
    loop do
      event = client.next_event
      Log.request_id = event['Lambda-Runtime-Aws-Request-Id']
      ENV['_X_AMZN_TRACE_ID'] = event['Lambda-Runtime-Trace-Id']
      answer(client, handler, event)
    end
  end

  def self.answer(client, handler, event)
    body, type = handler.call(event, LambdaContext.new(event))
    body = body.read if body.respond_to?(:read)
  rescue StandardError => error
    fail_event(client, error, error.is_a?(NameError))
  rescue Exception => error # rubocop:disable Lint/RescueException
    fail_event(client, error, true)
  else
    client.post_response(Log.request_id, body, type || 'application/json')
  end

  # What the official runtime takes for a fault of the program and not of the event ends the process.
  def self.fail_event(client, error, critical)
    failure = Failure.new(error, 'Function')
    Log.error(critical ? 'Critical exception from handler' : 'Error raised from handler method', failure)
    client.post_error(Log.request_id, failure)
    exit(CRITICAL) if critical
  end

  def self.main
    $stdout.sync = true
    Encoding.default_external = Encoding::UTF_8
    options = ARGV.slice!(0..)
    if options.include?('--zygote')
      options = be_a_zygote
    elsif options.include?('--ahead')
      load_ahead
    end
    client = client_of(options)
    become_a_function(client) if options.include?('--ahead')
    Log.install
    serve(client, load_handler(client))
  end
end

Hearth.main
