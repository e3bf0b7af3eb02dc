# The function's handler, and how what it raises is told.

require 'json'

module Hearth
  class Handler
    # "file.method", or "file.Class.method" for a method of a class or module.
    def initialize(name)
      file, *owner, @method = name.split('.')
      unless @method && owner.size < 2
        raise ArgumentError, "Invalid handler #{name.split('.')}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD " \
                             'where FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
                             'module/class namespace and METHOD is a callable method. If using CLASS, METHOD must be a ' \
                             'class-level method.'
      end
      @owner = owner.first
      require file
    end

    # The answer, and its content type when it is not JSON.
    def call(event, context)
      request = AwsLambda::Marshaller.marshall_request(event)
      # Methods at a file's top level are private ones of every object.
      receiver = @owner ? Object.const_get(@owner) : Object.new
      AwsLambda::Marshaller.marshall_response(receiver.__send__(@method, event: request, context: context))
    end
  end

  # An error as callers and the log see it.
  class Failure
    OURS = File.dirname(__FILE__) + '/'
    FRAMES_MAX = 100
    # Other classes are the function's own affair.
    KNOWN = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze

    def initialize(error, phase)
      @name = error.class.to_s
      @type = "#{phase}<#{@name}>"
      @message = error.message.to_s.dup.force_encoding(Encoding::UTF_8).scrub
      # What called the function's code is ours, or Ruby's way to load it.
      @stack = (error.backtrace || []).take_while { |frame| !frame.start_with?(OURS) }.first(FRAMES_MAX)
    end

    def to_h
      { errorMessage: @message, errorType: @type, stackTrace: @stack }
    end

    def to_json(*arguments)
      to_h.to_json(*arguments)
    end

    def reported_type
      KNOWN.include?(@name) ? @type : 'Function<UserException>'
    end
  end
end
